"""Hashes that Django, Flask-Security and htpasswd have made are checked as they were made."""

from __future__ import annotations

import bcrypt
import pytest
from argon2 import PasswordHasher, Type
from django.contrib.auth import hashers

from quart_app.accounts.passwords.foreign import Source, imported, matches
from quart_app.errors import HashRefused

TYPED = "Déjà vu, encore une fois"
# Of Flask-Security 5.9 with this SECURITY_PASSWORD_SALT.
KEY = b"146585145368132386173505678016728509634"
OF_FLASK_SECURITY = {
    "argon2": "$argon2id$v=19$m=65536,t=3,p=4$ae2dU6oVgnDuHaP0fo8RIg"
    "$pTj7QKI19tSagiX58/FbsNRIBo6LtfQWikGaVEXbzio",
    "bcrypt": "$2b$12$wP8uXxhUsbyw0Y./bEUWPe8vxFjVVR/Np2olOBY24oUjyV9kq2a3y",
    "pbkdf2": "$pbkdf2-sha512$25000$31sLIWSstRYixJjzHmPMuQ"
    "$6RgZ7cGY4y91vEKImnS5rvH/S5Ic.OuZJDqrBfA/4TOu/SD9ZhKwCKcCbq1aHXhCoc5662CPZxAhvOAns7qKAQ",
}
# Of libpass 1.9, of "correct horse battery".
OF_PASSLIB = {
    "bcrypt": "$2b$12$3Bf7khIrHkxd3MsDAmxU4ORNHE7gSi0e1RC6Ddqrm2cmdaZwPwr1m",
    "bcrypt and sha256": "$bcrypt-sha256$v=2,t=2b,r=12$VWLTd4omLkM7G0LONXkEoe"
    "$/5rHXBcdeyFmmQ8rUNWxUnRGVTqRM9y",
    "pbkdf2 with sha1": "$pbkdf2$131000$AEDIec8ZQ4hxrlUq5fx/rw$UcyrGVMsgcosx/O7sc3UPyTaRbw",
    "pbkdf2 with sha256": "$pbkdf2-sha256$29000$oFTKWYuxtjaGEML4H4Nw7g"
    "$Pk1T8E6qyOLz8nYJcM1YJhk92zPPxER94QHMWdxxD.Q",
    "scrypt": "$scrypt$ln=16,r=8,p=1$KCWkVGrt/X+vtdZaizEGAA"
    "$4NdeviUFxTXO2JcplSWFLIbWBQodE54JJfeVwLPVMxw",
}
REFUSED = {
    "nothing": "",
    "clear text": "opensesame",
    "md5 of Apache": "$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00",
    "sha1 of Apache": "{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=",
    "md5 of Django": "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
    "unusable of Django": "!kPQUhnkuuDVJnsZ5Yc6gjXlD6bHGOZYuPrLWkpXY",
    "a pbkdf2 of few rounds": "pbkdf2_sha256$999$salt$aGFzaA==",
    "an argon2 of next to no memory": f"$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ${'a' * 43}",
    "an argon2 of no version": f"$argon2id$v=99$m=1024,t=1,p=1$c2FsdHNhbHQ${'a' * 43}",
    "an argon2 of a short salt": f"$argon2id$v=19$m=1024,t=2,p=1$YQ${'a' * 43}",
    "an argon2 of a short digest": "$argon2id$v=19$m=1024,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
    "an argon2 of no lane": f"$argon2id$v=19$m=1024,t=2,p=0$c2FsdHNhbHQ${'a' * 43}",
    "an argon2 of too many lanes": f"$argon2id$v=19$m=512,t=2,p=65$c2FsdHNhbHQ${'a' * 43}",
    "argon2d": f"$argon2d$v=19$m=1024,t=2,p=1$c2FsdHNhbHQ${'a' * 43}",
    "an argon2 of more than can be checked": "$argon2id$v=19$m=1024,t=2,p=1$c2FsdHNhbHQ$"
    + "a" * 86,
    "a bcrypt that bcrypt would not make": "$2b$03$" + "a" * 53,
    "a salt that no database keeps": "pbkdf2_sha256$1000$\ud800\x00$aGFzaA==",
    "a scrypt of next to nothing": "scrypt$2$salt$8$1$aGFzaA==",
    "a pbkdf2 that takes minutes": "pbkdf2_sha256$999999999$salt$aGFzaA==",
    "a bcrypt that takes minutes": "$2b$20$3Bf7khIrHkxd3MsDAmxU4ORNHE7gSi0e1RC6Ddqrm2cmdaZwPwr1m",
    "a scrypt of a gigabyte": "$scrypt$ln=20,r=8,p=1$KCWkVGrt/X+vtdZaizEGAA$4Ndevi",
    "a scrypt of Django's of a gigabyte": "scrypt$1048576$salt$8$1$aGFzaA==",
    "an argon2 of a gigabyte": f"$argon2id$v=19$m=1048576,t=2,p=1$c2FsdHNhbHQ${'a' * 43}",
    "an argon2 of a hundred rounds": f"$argon2id$v=19$m=1024,t=100,p=1$c2FsdHNhbHQ${'a' * 43}",
}


def told_apart(stored: str, password: str, *, key: bytes | None = None) -> bool:
    """Whether it takes this password, and no other."""
    assert not matches(stored, f"{password}r", key=key)
    assert not matches(stored, "", key=key)
    return matches(stored, password, key=key)


@pytest.mark.parametrize(
    "name", ["PBKDF2", "PBKDF2SHA1", "Scrypt", "Argon2", "BCrypt", "BCryptSHA256"]
)
def test_what_django_has_hashed(name: str) -> None:
    hasher = getattr(hashers, f"{name}PasswordHasher")()
    hasher.iterations, hasher.rounds = 1_000, 4  # what it says of its cost is part of the hash

    stored = imported(hasher.encode(TYPED, hasher.salt()), source=Source.DJANGO)

    assert told_apart(stored, TYPED)


@pytest.mark.parametrize("kind", [Type.ID, Type.I])
@pytest.mark.parametrize("lanes", [1, 8, 64])
def test_what_argon2_cffi_has_hashed(kind: Type, lanes: int) -> None:
    hasher = PasswordHasher(time_cost=1, memory_cost=512, parallelism=lanes, type=kind)

    stored = imported(hasher.hash(TYPED), source=Source.PASSLIB)

    assert told_apart(stored, TYPED)


@pytest.mark.parametrize("name", OF_FLASK_SECURITY)
def test_what_flask_security_has_hashed_with_its_salt(name: str) -> None:
    stored = imported(OF_FLASK_SECURITY[name], source=Source.FLASK_SECURITY)

    assert told_apart(stored, TYPED, key=KEY)
    assert not matches(stored, TYPED, key=None)
    assert not matches(stored, TYPED, key=b"another")


@pytest.mark.parametrize("name", OF_PASSLIB)
def test_what_passlib_has_hashed(name: str) -> None:
    stored = imported(OF_PASSLIB[name], source=Source.PASSLIB)

    assert told_apart(stored, "correct horse battery")


def test_what_htpasswd_has_hashed() -> None:
    made = bcrypt.hashpw(TYPED.encode(), bcrypt.gensalt(5)).decode()

    stored = imported(made.replace("$2b$", "$2y$"), source=Source.HTPASSWD)

    assert told_apart(stored, TYPED)


def test_bcrypt_looks_at_no_more_than_it_did_and_does_not_fail_at_a_nul() -> None:
    stored = bcrypt.hashpw(b"a" * 72, bcrypt.gensalt(5)).decode()

    assert matches(stored, "a" * 80, key=None)
    assert not matches(stored, "a\0b", key=None)


@pytest.mark.parametrize(
    "stored",
    [
        "$2b$04$" + "a" * 53,
        "$bcrypt-sha256$v=2,t=2b,r=4$" + "z" * 22 + "$" + "z" * 31,
        "$argon2id$v=19$m=256,t=1,p=1$" + "=" * 11 + "$" + "=" * 22,
        "scrypt$1023$salt$8$1$aGFzaA==",
        "$scrypt$ln=14,r=8,p=1$c2FsdA$=",
        "$pbkdf2-sha256$1000$....$////",
    ],
)
def test_a_damaged_hash_is_nobodys(stored: str) -> None:
    kept = imported(stored, source=Source.PASSLIB)

    assert not matches(kept, "opensesame", key=None)


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("source", Source)
def test_what_cannot_be_checked_safely_is_not_taken(what: str, source: Source) -> None:
    with pytest.raises(HashRefused) as refused:
        imported(REFUSED[what], source=source)

    assert REFUSED[what] not in str(refused.value) or not REFUSED[what]
