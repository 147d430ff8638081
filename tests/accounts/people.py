"""Accounts as tests open them, and who comes to sign in."""

from __future__ import annotations

from quart_app.accounts import Accounts, Client
from quart_app.accounts.devices import Devices
from quart_app.accounts.hashing import Hashing
from quart_app.accounts.parts import Parts
from quart_app.accounts.passwords.lists import common_passwords
from quart_app.accounts.passwords.own import Argon2
from quart_app.accounts.passwords.rules import PasswordRules
from quart_app.accounts.storage.database import Database
from quart_app.settings import AccountsSettings
from quart_app.testing import FakeClock
from tests.accounts.databases import PATIENT, database_at

KEY = b"a key of the tests' own, not short"
RIGHT = "correct horse battery staple"
OTHER = "another horse, another staple"
WRONG = "incorrect horse battery staple"
# So that a test counts hashes, and does not wait for them.
CHEAP = Argon2(memory_kib=256)

HOME = Client(address="192.0.2.1", device="Firefox on Linux")
ELSEWHERE = Client(address="198.51.100.7", device="curl")


def members_of(
    url: str,
    *,
    clock: FakeClock,
    settings: AccountsSettings | None = None,
    keys: tuple[bytes, ...] = (KEY,),
    argon2: Argon2 = CHEAP,
    hashing: Hashing | None = None,
    database: Database | None = None,
) -> Accounts:
    """Those at this address of a database."""
    parts = Parts(
        database=database or database_at(url),
        hashing=hashing or Hashing(threads=2, deadline=PATIENT, places_a_thread=1_000),
        rules=PasswordRules(site_names=("notes.example.org",), common=common_passwords()),
        devices=Devices(keys),
        key=keys[0],
        settings=settings or AccountsSettings(),
        argon2=argon2,
        clock=clock,
    )
    return Accounts(parts)


def back_again(client: Client, device_value: str) -> Client:
    """The same browser, with what it has kept."""
    return Client(address=client.address, device=client.device, device_value=device_value)


def anywhere(number: int) -> Client:
    """Somebody at an address of their own."""
    return Client(address=f"203.0.{number // 250}.{number % 250 + 1}")
