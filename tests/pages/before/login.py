"""An application with users and notes."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from quart import Quart

log = logging.getLogger(__name__)
app = Quart(__name__)


@dataclass(frozen=True)
class User:
    id: int
    name: str

    async def has(self, password: str) -> bool:
        return bool(password)


class Users:
    async def find(self, name: str) -> User | None:
        return User(7, name) if name else None


users = Users()


async def notes_of(id: str) -> str:
    return f"notes of {id}"


async def delete_notes_of(id: str) -> str:
    return f"no notes of {id}"


async def is_banned(id: str) -> bool:
    return not id
