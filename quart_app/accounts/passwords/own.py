"""Our own hashes: argon2id, with the parameters that OWASP advises."""

from __future__ import annotations

import secrets
import unicodedata
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

MEMORY_KIB = 19 * 1024
PASSES, LANES = 2, 1
_SALT_BYTES, _HASH_BYTES = 16, 32


class Argon2:
    """Hashes passwords, and tells whether one is that of a hash. Takes tens of milliseconds, and
    the memory that it is told to take, without the interpreter's lock."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(
            time_cost=PASSES,
            memory_cost=memory_kib,
            parallelism=LANES,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
        )
        salt, digest = (_base64(secrets.token_bytes(size)) for size in (_SALT_BYTES, _HASH_BYTES))
        cost = f"m={memory_kib},t={PASSES},p={LANES}"
        self.nobodys = f"$argon2id$v=19${cost}${salt}${digest}"
        """The hash of no password, which takes as long to check as any other."""

    def hash(self, password: str) -> str:
        """What is kept of it."""
        return self._hasher.hash(_bytes_of(password))

    def matches(self, stored: str, password: str) -> bool:
        """Whether it is the password of this hash, which may be of other parameters."""
        return verifies(stored, _bytes_of(password))

    def is_current(self, stored: str) -> bool:
        """Whether it would be hashed like this today."""
        try:
            return not self._hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return False


def verifies(stored: str, password: bytes) -> bool:
    """Whether these bytes are what this hash of argon2 was made of."""
    try:
        return PasswordHasher().verify(stored, password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


def _bytes_of(password: str) -> bytes:
    # One keyboard sends é as one character, another as two.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _base64(value: bytes) -> str:
    return b64encode(value).decode().rstrip("=")
