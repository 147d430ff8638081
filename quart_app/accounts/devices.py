"""Makes and reads what a browser keeps that has signed in before: it lets nobody in, and only says
that guesses from there are to be counted apart."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

_ID_BYTES = 16
_HEAD = struct.Struct(f">Q{_ID_BYTES}s")
_LONGEST = 200
_PURPOSE = b"quart_app known device\0"


@dataclass(frozen=True, slots=True)
class Device:
    """A browser, as it was when it signed in."""

    account_id: str
    epoch: int
    id: str


class Devices:
    """Signs with the first key and believes all of them. A device is bound to its account, and to
    the account's epoch: a new password, or the end of everything, makes strangers of all."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(hmac.digest(key, _PURPOSE, "sha256") for key in keys)

    def value_for(self, account_id: str, *, epoch: int, known: Device | None = None) -> str:
        """What the browser is to keep. One that was known before keeps its identity."""
        device = bytes.fromhex(known.id) if known else secrets.token_bytes(_ID_BYTES)
        said = _HEAD.pack(epoch, device) + account_id.encode()
        return base64.urlsafe_b64encode(_mac(self._keys[0], said) + said).decode().rstrip("=")

    def read(self, value: str | None) -> Device | None:
        """The device, if one of the keys has signed this."""
        raw = _decoded(value or "")
        mac, said = raw[: sha256().digest_size], raw[sha256().digest_size :]
        if len(said) <= _HEAD.size:
            return None
        if not any(hmac.compare_digest(mac, _mac(key, said)) for key in self._keys):
            return None
        epoch, device = _HEAD.unpack_from(said)
        return Device(said[_HEAD.size :].decode(), epoch, device.hex())


def _mac(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, said, "sha256")


def _decoded(value: str) -> bytes:
    if len(value) > _LONGEST:
        return b""
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
