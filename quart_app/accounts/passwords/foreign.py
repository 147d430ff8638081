"""Hashes that were made elsewhere: Django's, Flask-Security's, htpasswd's. They are checked as
they were made, and replaced by our own at the first sign-in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from re import Match

import bcrypt

from quart_app.accounts.passwords.own import LONGEST, verifies
from quart_app.errors import HashRefused

# What a hash says of its cost is believed no further than this: the pool has to live with it. And
# what costs less was never made by one of these programs, or is as good as the password itself.
MOST_MEMORY = 128 * 1024 * 1024
LEAST_MEMORY = 256 * 1024
MOST_PASSES = 10
ROUNDS_PBKDF2 = range(1_000, 2_000_001)
COSTS_BCRYPT = range(4, 15)
# With what is hashed by Flask-Security, which keys it with a salt of the whole site.
_KEYED = "flask-security:"
_DIGESTS = {"": "sha1", "sha1": "sha1", "sha256": "sha256", "sha512": "sha512"}
# What htpasswd makes otherwise is too weak.
_OF_APACHE = ("$apr1$", "{SHA}")

_BCRYPT = re.compile(r"\$2[abxy]\$(\d\d)\$[./A-Za-z0-9]{53}")
# As far as libsodium checks them: a salt of eight bytes or more, a digest of sixteen.
_ARGON2 = re.compile(
    r"\$argon2id?\$v=19\$m=(\d{1,9}),t=(\d{1,3}),p=([1-9]\d?)\$[!-#%-~]{11,}\$[!-#%-~]{22,}"
)
_DJANGO_PBKDF2 = re.compile(r"pbkdf2_(sha1|sha256)\$(\d{1,9})\$([!-#%-~]+)\$([!-#%-~]+)")
_DJANGO_SCRYPT = re.compile(r"scrypt\$(\d{1,9})\$([!-#%-~]+)\$(\d{1,3})\$(\d{1,3})\$([!-#%-~]+)")
_PASSLIB_PBKDF2 = re.compile(
    r"\$pbkdf2(?:-(sha1|sha256|sha512))?\$(\d{1,9})\$([!-#%-~]+)\$([!-#%-~]+)"
)
_PASSLIB_SCRYPT = re.compile(
    r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([!-#%-~]+)\$([!-#%-~]+)"
)
_PASSLIB_BCRYPT = re.compile(
    r"\$bcrypt-sha256\$v=2,t=(2[ab]),r=(\d\d?)\$([./A-Za-z0-9]{22})\$([./A-Za-z0-9]{31})"
)


class Source(StrEnum):
    """Where hashes come from."""

    OURS = "quart-app"
    DJANGO = "django"
    FLASK_SECURITY = "flask-security"
    PASSLIB = "passlib"
    HTPASSWD = "htpasswd"


def imported(text: str, *, source: Source) -> str:
    """What is kept of such a hash. Raises `HashRefused` for a kind that is unknown, too weak to be
    taken over, or too costly to be checked."""
    match source:
        case Source.DJANGO:
            stored = text.removeprefix("argon2") if text.startswith("argon2$") else text
            stored = stored.removeprefix("bcrypt$") if text.startswith("bcrypt$") else stored
        case Source.FLASK_SECURITY:
            stored = f"{_KEYED}{text}"
        case _:
            stored = text
    _verify_cost(stored)
    return stored


def matches(stored: str, password: str, *, key: bytes | None) -> bool:
    """Whether it is the password of this hash. The key is Flask-Security's SECURITY_PASSWORD_SALT:
    without it, none is."""
    secret = password.encode("utf-8", "surrogatepass")
    if stored.startswith(_KEYED):
        if key is None:
            return False
        stored, secret = stored.removeprefix(_KEYED), _keyed(password, key=key)
    if stored.startswith("bcrypt_sha256$"):
        # As Django's; against what bcrypt does to more than 72 bytes.
        stored = stored.removeprefix("bcrypt_sha256$")
        secret = hashlib.sha256(secret).hexdigest().encode()
    for kind, _, check in _KINDS:
        if found := kind.fullmatch(stored):
            try:
                return check(found, secret)
            except ValueError:  # damaged, or of parameters that there are not: nobody's
                return False
    return False


def _keyed(password: str, *, key: bytes) -> bytes:
    secret = unicodedata.normalize("NFKD", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(key, secret, "sha512"))


def _verify_cost(stored: str) -> None:
    plain = stored.removeprefix(_KEYED).removeprefix("bcrypt_sha256$")
    for kind, can_be_paid, _ in _KINDS:
        if found := kind.fullmatch(plain):
            if not can_be_paid(found):
                raise HashRefused("checking it takes nothing, or more than the server has for it")
            return
    cure = ": make one anew with htpasswd -B" if stored.startswith(_OF_APACHE) else ""
    raise HashRefused(f"it is of no kind that can be imported{cure}")


def _check_bcrypt(found: Match[str], secret: bytes) -> bool:
    if b"\0" in secret:
        return False
    # What lies behind is what bcrypt never looked at; our own hash will.
    return bcrypt.checkpw(secret[:72], found[0].encode())


def _check_bcrypt_of_passlib(found: Match[str], secret: bytes) -> bool:
    kind, cost, salt, digest = found.groups()
    keyed = base64.b64encode(hmac.digest(salt.encode(), secret, "sha256"))
    return bcrypt.checkpw(keyed, f"${kind}${int(cost):02}${salt}{digest}".encode())


def _check_pbkdf2_of_django(found: Match[str], secret: bytes) -> bool:
    digest, rounds, salt, expected = found.groups()
    made = hashlib.pbkdf2_hmac(digest, secret, salt.encode(), int(rounds))
    return _is_same(made, expected)


def _check_pbkdf2_of_passlib(found: Match[str], secret: bytes) -> bool:
    digest, rounds, salt, expected = found.groups()
    if (salted := _decoded(salt.replace(".", "+"))) is None:
        return False
    made = hashlib.pbkdf2_hmac(_DIGESTS[digest or ""], secret, salted, int(rounds))
    return _is_same(made, expected.replace(".", "+"))


def _check_scrypt_of_django(found: Match[str], secret: bytes) -> bool:
    n, salt, r, p, expected = found.groups()
    return _check_scrypt(secret, salt.encode(), n=int(n), r=int(r), p=int(p), expected=expected)


def _check_scrypt_of_passlib(found: Match[str], secret: bytes) -> bool:
    log_n, r, p, salt, expected = found.groups()
    if (salted := _decoded(salt)) is None:
        return False
    n = 1 << int(log_n)
    return _check_scrypt(secret, salted, n=n, r=int(r), p=int(p), expected=expected)


def _check_scrypt(secret: bytes, salt: bytes, *, n: int, r: int, p: int, expected: str) -> bool:
    length = len(_decoded(expected) or b"")
    most = MOST_MEMORY + 2**20
    made = hashlib.scrypt(secret, salt=salt, n=n, r=r, p=p, maxmem=most, dklen=length)
    return _is_same(made, expected)


def _is_same(made: bytes, expected: str) -> bool:
    return hmac.compare_digest(made, _decoded(expected) or b"")


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return None


def _is_scrypt_fair(n: int, r: int, p: int) -> bool:
    return LEAST_MEMORY <= 128 * n * r * p <= MOST_MEMORY


def _is_argon2_fair(kib: int, passes: int, lanes: int) -> bool:
    has_enough = max(LEAST_MEMORY, lanes * 8 * 1024) <= kib * 1024 <= MOST_MEMORY
    return has_enough and 0 < passes <= MOST_PASSES


# What it looks like, whether it costs something and not too much, and how it is checked.
_Costs = Callable[[Match[str]], bool]
_Check = Callable[[Match[str], bytes], bool]
_KINDS: tuple[tuple[re.Pattern[str], _Costs, _Check], ...] = (
    (
        _ARGON2,
        lambda found: len(found[0]) <= LONGEST and _is_argon2_fair(*map(int, found.groups())),
        lambda found, secret: verifies(found[0], secret),
    ),
    (_BCRYPT, lambda found: int(found[1]) in COSTS_BCRYPT, _check_bcrypt),
    (_PASSLIB_BCRYPT, lambda found: int(found[2]) in COSTS_BCRYPT, _check_bcrypt_of_passlib),
    (_DJANGO_PBKDF2, lambda found: int(found[2]) in ROUNDS_PBKDF2, _check_pbkdf2_of_django),
    (_PASSLIB_PBKDF2, lambda found: int(found[2]) in ROUNDS_PBKDF2, _check_pbkdf2_of_passlib),
    (
        _DJANGO_SCRYPT,
        lambda found: _is_scrypt_fair(int(found[1]), int(found[3]), int(found[4])),
        _check_scrypt_of_django,
    ),
    (
        _PASSLIB_SCRYPT,
        lambda found: _is_scrypt_fair(1 << int(found[1]), int(found[2]), int(found[3])),
        _check_scrypt_of_passlib,
    ),
)
