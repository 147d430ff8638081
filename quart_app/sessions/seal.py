"""Closes a session's fields so that the store, and whoever steals it, can neither read them, nor
alter them, nor pass one off as another."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from quart_app.sessions.tokens import key_of, seal_secret_of

_NONCE_BYTES = 12
_SEALED = b"\x01"
_OPEN = b"\x00"


class Unopenable(ValueError):
    """These fields were not closed by this session's token."""


class Seal(Protocol):
    """Turns named values into a store's fields and back."""

    def label(self, name: str) -> str:
        """The name under which the store keeps a field."""

    def close(self, values: Mapping[str, bytes]) -> dict[str, bytes]:
        """Values as the store's fields."""

    def open(self, fields: Mapping[str, bytes]) -> dict[str, bytes]:
        """All values by name again. Raises `Unopenable`; there is no half-opened session."""


class TokenSeal:
    """AES-GCM under a key that only the browser's cookie can bring back."""

    def __init__(self, token: str) -> None:
        secret = seal_secret_of(token)
        self._aead = AESGCM(secret)
        self._label_key = secret
        self._key = key_of(token).encode()

    def label(self, name: str) -> str:
        # Names are data too: an application may put an address into one.
        return _digest(name, key=self._label_key)

    def close(self, values: Mapping[str, bytes]) -> dict[str, bytes]:
        return dict(self._closed(name, value) for name, value in values.items())

    def open(self, fields: Mapping[str, bytes]) -> dict[str, bytes]:
        return dict(self._opened(label, field) for label, field in fields.items())

    def _closed(self, name: str, value: bytes) -> tuple[str, bytes]:
        label, nonce = self.label(name), os.urandom(_NONCE_BYTES)
        sealed = self._aead.encrypt(nonce, _packed(name, value), self._bound_to(label))
        return label, _SEALED + nonce + sealed

    def _opened(self, label: str, field: bytes) -> tuple[str, bytes]:
        nonce = field[1 : 1 + _NONCE_BYTES]
        if field[:1] != _SEALED or len(nonce) != _NONCE_BYTES:
            raise Unopenable("a field is not sealed")
        try:
            packed = self._aead.decrypt(nonce, field[1 + _NONCE_BYTES :], self._bound_to(label))
        except InvalidTag as exc:
            raise Unopenable("a field was altered, or belongs elsewhere") from exc
        return _unpacked(packed)

    def _bound_to(self, label: str) -> bytes:
        # A field moved to another name or another session does not open.
        return self._key + label.encode()


class NoSeal:
    """Readable fields, for a store that is encrypted as a whole by other means."""

    def label(self, name: str) -> str:
        return _digest(name)

    def close(self, values: Mapping[str, bytes]) -> dict[str, bytes]:
        return {self.label(name): _OPEN + _packed(name, value) for name, value in values.items()}

    def open(self, fields: Mapping[str, bytes]) -> dict[str, bytes]:
        # Sealed fields are refused here as open ones are above: no mode falls back to the other.
        if not all(field[:1] == _OPEN for field in fields.values()):
            raise Unopenable("a field is sealed")
        return dict(_unpacked(field[1:]) for field in fields.values())


def labels(seal: Seal, names: Iterable[str]) -> set[str]:
    """Names as a store's."""
    return {seal.label(name) for name in names}


def _digest(name: str, *, key: bytes = b"") -> str:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16, key=key).hexdigest()


def _packed(name: str, value: bytes) -> bytes:
    encoded = name.encode("utf-8", "surrogatepass")
    return len(encoded).to_bytes(4, "big") + encoded + value


def _unpacked(packed: bytes) -> tuple[str, bytes]:
    end = 4 + int.from_bytes(packed[:4], "big")
    return packed[4:end].decode("utf-8", "surrogatepass"), packed[end:]
