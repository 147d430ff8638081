"""Our own hashes: argon2id, with the parameters that OWASP advises. By libsodium, which uses what
the processor offers: with it a core makes more of them than with argon2-cffi (tests/README.md says
how many), and they are the same."""

from __future__ import annotations

import secrets
import unicodedata
from base64 import b64encode

from nacl import pwhash
from nacl.exceptions import CryptoError

MEMORY_KIB = 19 * 1024
PASSES, LANES = 2, 1
LONGEST = pwhash.argon2id.PWHASH_SIZE - 1
"""As many letters may a hash have that is checked here."""
_SALT_BYTES, _HASH_BYTES = 16, 32


class Argon2:
    """Hashes passwords, and tells whether one is that of a hash. Takes tens of milliseconds, and
    the memory that it is told to take, without the interpreter's lock."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB) -> None:
        self._memory_bytes = memory_kib * 1024
        self._head = f"$argon2id$v=19$m={memory_kib},t={PASSES},p={LANES}$"
        salt, digest = (_base64(secrets.token_bytes(size)) for size in (_SALT_BYTES, _HASH_BYTES))
        self.nobodys = f"{self._head}{salt}${digest}"
        """The hash of no password, which takes as long to check as any other."""

    def hash(self, password: str) -> str:
        """What is kept of it."""
        made = pwhash.argon2id.str(
            _bytes_of(password), opslimit=PASSES, memlimit=self._memory_bytes
        )
        return made.decode()

    def matches(self, stored: str, password: str) -> bool:
        """Whether it is the password of this hash, which may be of other parameters."""
        return verifies(stored, _bytes_of(password))

    def is_current(self, stored: str) -> bool:
        """Whether it would be hashed like this today."""
        return stored.startswith(self._head) and len(stored) == len(self.nobodys)


def verifies(stored: str, password: bytes) -> bool:
    """Whether these bytes are what this hash was made of, by argon2id or argon2i."""
    try:
        return pwhash.verify(stored.encode(), password)
    except CryptoError:
        return False


def _bytes_of(password: str) -> bytes:
    # One keyboard sends é as one character, another as two.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _base64(value: bytes) -> str:
    return b64encode(value).decode().rstrip("=")
