"""How a record looks as a Redis hash: meta under short names, fields under `f:`; does no I/O."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta

from quart_app.sessions.stores.forwarding import ForwardingAddress, Retired
from quart_app.sessions.stores.record import Lifetime, Record
from quart_app.sessions.stores.redis.scripts import RETIRED

VERSION = b"1"
FIELD = b"f:"
FLAGS = {b"0": False, b"1": True}
LONGEST_MILLISECONDS = 1e14


class Damaged(Exception):
    """A hash that is no record of ours, or no longer one."""


def text(value: str) -> bytes:
    """Owners and names come from JSON, which allows half a surrogate pair."""
    return value.encode("utf-8", "surrogatepass")


def number(value: float) -> bytes:
    return repr(float(value)).encode()


def session_name(prefix: str, key: str) -> bytes:
    """Each call touches this one key only, so a cluster needs no hash tag in it."""
    return text(prefix + key)


def owner_name(prefix: str, owner: str) -> bytes:
    """A hash of the owner: any text makes a name of one length, that no session's key equals."""
    return text(f"{prefix}owner:") + hashlib.sha256(text(owner)).hexdigest().encode()


def field_names(names: Collection[str]) -> list[bytes]:
    return [FIELD + text(name) for name in names]


def field_pairs(fields: Mapping[str, bytes]) -> list[bytes]:
    return [part for name, value in fields.items() for part in (FIELD + text(name), bytes(value))]


def unchanged_since(names: Collection[str], fields: Mapping[str, bytes]) -> list[bytes]:
    """What these fields must still be, as the script for changes takes it."""
    return [
        part
        for name in names
        for part in (FIELD + text(name), b"=" + fields[name] if name in fields else b"")
    ]


def lifetime_values(lifetime: Lifetime) -> list[bytes]:
    """idle in microseconds, ends, permanent"""
    idle = str(lifetime.idle // timedelta(microseconds=1)).encode()
    return [idle, number(lifetime.ends_at), b"1" if lifetime.permanent else b"0"]


def moved(record: Record, seconds: float) -> Record:
    """The same, as if everything about it had happened so much later."""
    if not seconds:
        return record
    return replace(
        record,
        created_at=record.created_at + seconds,
        seen_at=record.seen_at + seconds,
        lifetime=replace(record.lifetime, ends_at=record.lifetime.ends_at + seconds),
    )


def milliseconds_left(record: Record, now: float) -> bytes:
    left = min((record.expires_at - now) * 1000, LONGEST_MILLISECONDS)
    return str(max(1, math.ceil(left))).encode()


def pack(record: Record) -> list[bytes]:
    """Names and values in turn, as HSET takes them."""
    idle, ends, permanent = lifetime_values(record.lifetime)
    meta = {
        b"v": VERSION,
        b"created": number(record.created_at),
        b"seen": number(record.seen_at),
        b"idle": idle,
        b"ends": ends,
        b"permanent": permanent,
        b"device": text(record.device),
    }
    if record.owner is not None:
        meta[b"owner"] = text(record.owner)
    if record.awaits_cookie:
        meta[b"awaits"] = b"1"
    if record.predecessor is not None:
        meta[b"predecessor"] = text(record.predecessor)
    return [part for pair in meta.items() for part in pair] + field_pairs(record.fields)


def pack_address(address: ForwardingAddress) -> list[bytes]:
    """The same for what a retired record leaves behind."""
    meta = {
        b"left": number(address.left_at),
        b"changes_owner": b"1" if address.changes_owner else b"0",
        b"secret": address.secret,
        b"retired_by": text(address.mark),
    }
    if address.successor is not None:
        meta[b"successor"] = text(address.successor)
    return [part for pair in meta.items() for part in pair]


def is_retired(stored: Mapping[bytes, bytes]) -> bool:
    """Whether this hash is what a retired record left behind."""
    return stored.get(b"v") == RETIRED.encode()


def unpack_retired(key: str, stored: Mapping[bytes, bytes]) -> Retired:
    """That record and its address. Raises `Damaged`."""
    try:
        successor = stored.get(b"successor")
        address = ForwardingAddress(
            left_at=float(stored[b"left"]),
            successor=None if successor is None else untext(successor),
            changes_owner=FLAGS[stored[b"changes_owner"]],
            secret=stored[b"secret"],
            mark=untext(stored[b"retired_by"]),
        )
    except (KeyError, ValueError) as exc:
        raise Damaged from exc
    return Retired(record=unpack(key, {**stored, b"v": VERSION}), address=address)


def unpack(key: str, stored: Mapping[bytes, bytes]) -> Record:
    """The record in this hash. Raises `Damaged`."""
    if stored.get(b"v") != VERSION:
        raise Damaged
    owner, predecessor = stored.get(b"owner"), stored.get(b"predecessor")
    try:
        return Record(
            key=key,
            fields={
                untext(name.removeprefix(FIELD)): value
                for name, value in stored.items()
                if name.startswith(FIELD)
            },
            created_at=float(stored[b"created"]),
            seen_at=float(stored[b"seen"]),
            lifetime=Lifetime(
                idle=timedelta(microseconds=int(stored[b"idle"])),
                ends_at=float(stored[b"ends"]),
                permanent=FLAGS[stored[b"permanent"]],
            ),
            owner=None if owner is None else untext(owner),
            device=untext(stored[b"device"]),
            awaits_cookie=b"awaits" in stored,
            predecessor=None if predecessor is None else untext(predecessor),
        )
    except (KeyError, ValueError, OverflowError) as exc:
        raise Damaged from exc


def untext(value: bytes) -> str:
    return value.decode("utf-8", "surrogatepass")
