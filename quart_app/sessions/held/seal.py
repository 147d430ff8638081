"""Closes a session's fields so that the store, and an attacker who steals it, can neither read
them, nor alter them, nor pass one off as another. What an attacker who writes to the store can do
unnoticed: take a field away, or put an older state of one back; and move the time at which the
session was last seen."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from quart_app.sessions.held.tokens import key_of, seal_secret_of

_NONCE_BYTES = 12
_SEALED = b"\x01"
_OPEN = b"\x00"


class Unopenable(ValueError):
    """These fields were not closed by this session's token."""


class Seal(Protocol):
    """Turns one session's named values into a store's fields and back."""

    key: str
    """Under which the store keeps this session."""
    secret: bytes

    def label(self, name: str) -> str:
        """The name under which the store keeps a field."""

    def close(self, values: Mapping[str, bytes]) -> dict[str, bytes]:
        """Values as the store's fields."""

    def open(self, fields: Mapping[str, bytes]) -> dict[str, bytes]:
        """All values by name again. Raises `Unopenable`; there is no half-opened session."""

    def passed_on(self, successor: Seal) -> bytes:
        """What a request under this session's token needs to seal something for its successor."""

    def successor(self, key: str, secret: bytes) -> Seal:
        """The successor's seal, from what was passed on. Raises `Unopenable`."""


class TokenSeal:
    """AES-GCM under a key that only the browser's cookie can bring back."""

    def __init__(self, key: str, secret: bytes) -> None:
        self.key = key
        self.secret = secret
        self._aead = AESGCM(secret)
        self._bound_to_key = key.encode()

    @classmethod
    def of(cls, token: str, key: str | None = None) -> Self:
        """That of the session which this token leads to, under this key if it is known already."""
        return cls(key or key_of(token), seal_secret_of(token))

    def label(self, name: str) -> str:
        # Names are data too: an application may put an address into one.
        return _digest(name, key=self.secret)

    def close(self, values: Mapping[str, bytes]) -> dict[str, bytes]:
        closed = {}
        for name, value in values.items():
            label = self.label(name)
            closed[label] = self._encrypted(_packed(name, value), to=label)
        return closed

    def open(self, fields: Mapping[str, bytes]) -> dict[str, bytes]:
        return dict(_unpacked(self._decrypted(fields[label], to=label)) for label in fields)

    def passed_on(self, successor: Seal) -> bytes:
        return self._encrypted(successor.secret, to=_successor(successor.key))

    def successor(self, key: str, secret: bytes) -> TokenSeal:
        return TokenSeal(key, self._decrypted(secret, to=_successor(key)))

    def _encrypted(self, data: bytes, *, to: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        # A field moved to another name or another session does not open.
        return _SEALED + nonce + self._aead.encrypt(nonce, data, self._bound_to_key + to.encode())

    def _decrypted(self, sealed: bytes, *, to: str) -> bytes:
        nonce = sealed[1 : 1 + _NONCE_BYTES]
        if sealed[:1] != _SEALED or len(nonce) != _NONCE_BYTES:
            raise Unopenable("a field is not sealed")
        try:
            return self._aead.decrypt(
                nonce, sealed[1 + _NONCE_BYTES :], self._bound_to_key + to.encode()
            )
        except InvalidTag as exc:
            raise Unopenable("a field was altered, or belongs elsewhere") from exc


class NoSeal:
    """Readable fields, for a store that is encrypted as a whole by other means."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.secret = b""

    @classmethod
    def of(cls, token: str, key: str | None = None) -> Self:
        """That of the session which this token leads to, under this key if it is known already."""
        return cls(key or key_of(token))

    def label(self, name: str) -> str:
        return _digest(name)

    def close(self, values: Mapping[str, bytes]) -> dict[str, bytes]:
        return {self.label(name): _OPEN + _packed(name, value) for name, value in values.items()}

    def open(self, fields: Mapping[str, bytes]) -> dict[str, bytes]:
        # Sealed fields are refused here as open ones are above: no mode falls back to the other.
        if not all(field[:1] == _OPEN for field in fields.values()):
            raise Unopenable("a field is sealed")
        return dict(_unpacked(field[1:]) for field in fields.values())

    def passed_on(self, successor: Seal) -> bytes:
        return b""

    def successor(self, key: str, secret: bytes) -> NoSeal:
        return NoSeal(key)


def labels(seal: Seal, names: Iterable[str]) -> set[str]:
    """The labels under which the store keeps these names."""
    return {seal.label(name) for name in names}


def _successor(key: str) -> str:
    # No label is as long.
    return f"the secret of {key}"


def _digest(name: str, *, key: bytes = b"") -> str:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16, key=key).hexdigest()


def _packed(name: str, value: bytes) -> bytes:
    encoded = name.encode("utf-8", "surrogatepass")
    return len(encoded).to_bytes(4, "big") + encoded + value


def _unpacked(packed: bytes) -> tuple[str, bytes]:
    end = 4 + int.from_bytes(packed[:4], "big")
    return packed[4:end].decode("utf-8", "surrogatepass"), packed[end:]
