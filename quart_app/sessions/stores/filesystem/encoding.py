"""A record as bytes and back, and what it leaves behind; says nothing of where the bytes lie."""

from __future__ import annotations

import struct
from datetime import timedelta

from quart_app.sessions.stores.forwarding import ForwardingAddress, Retired
from quart_app.sessions.stores.record import Lifetime, Record

_FIXED = struct.Struct("<32sddddB")  # key, created, seen, idle, ends, flags
_LENGTH = struct.Struct("<I")
_ADDRESS = struct.Struct("<d?")  # left, changes_owner
_PERMANENT = 1
_OWNED = 2
_AWAITS_COOKIE = 4
_HAS_PREDECESSOR = 8
_RETIRED = 16


def encode(record: Record, *, address: ForwardingAddress | None = None) -> bytes:
    """The whole record. A reader that decodes it learns from it which key it belongs to. With an
    address it is one that is retired."""
    lifetime = record.lifetime
    flags = (
        lifetime.permanent * _PERMANENT
        | (record.owner is not None) * _OWNED
        | record.awaits_cookie * _AWAITS_COOKIE
        | (record.predecessor is not None) * _HAS_PREDECESSOR
        | (address is not None) * _RETIRED
    )
    fixed = _FIXED.pack(
        bytes.fromhex(record.key),
        record.created_at,
        record.seen_at,
        lifetime.idle.total_seconds(),
        lifetime.ends_at,
        flags,
    )
    parts = [fixed]
    for text in (record.owner or "", record.device):
        _append(parts, text.encode("utf-8", "surrogatepass"))
    if record.predecessor is not None:
        _append(parts, record.predecessor.encode())
    if address is not None:
        _append(parts, _ADDRESS.pack(address.left_at, address.changes_owner))
        for text in (address.successor or "", address.mark):
            _append(parts, text.encode())
        _append(parts, address.secret)
    for name, value in record.fields.items():
        _append(parts, name.encode())
        _append(parts, value)
    return b"".join(parts)


def decode(data: bytes) -> Record | Retired:
    """The record, or what it left behind. Raises `ValueError` if these bytes are neither."""
    try:
        key, created_at, seen_at, idle, ends_at, flags = _FIXED.unpack_from(data)
        owner, device, *rest = _pieces(data)
        predecessor = rest.pop(0).decode() if flags & _HAS_PREDECESSOR else None
        address = _address(rest) if flags & _RETIRED else None
        record = Record(
            key=key.hex(),
            fields={
                name.decode(): value for name, value in zip(rest[::2], rest[1::2], strict=True)
            },
            created_at=created_at,
            seen_at=seen_at,
            lifetime=Lifetime(
                idle=timedelta(seconds=idle), ends_at=ends_at, permanent=bool(flags & _PERMANENT)
            ),
            owner=owner.decode("utf-8", "surrogatepass") if flags & _OWNED else None,
            device=device.decode("utf-8", "surrogatepass"),
            awaits_cookie=bool(flags & _AWAITS_COOKIE),
            predecessor=predecessor,
        )
    except (struct.error, OverflowError, IndexError) as exc:
        raise ValueError("not a record") from exc
    return record if address is None else Retired(record=record, address=address)


def _address(pieces: list[bytes]) -> ForwardingAddress:
    """Taken from the front of these pieces."""
    left_at, changes_owner = _ADDRESS.unpack(pieces.pop(0))
    successor, mark = pieces.pop(0).decode(), pieces.pop(0).decode()
    return ForwardingAddress(
        left_at=left_at,
        successor=successor or None,
        changes_owner=changes_owner,
        secret=pieces.pop(0),
        mark=mark,
    )


def _append(parts: list[bytes], piece: bytes) -> None:
    parts += (_LENGTH.pack(len(piece)), piece)


def _pieces(data: bytes) -> list[bytes]:
    pieces = []
    end, total = _FIXED.size, len(data)
    while end < total:
        (length,) = _LENGTH.unpack_from(data, end)
        start = end + _LENGTH.size
        end = start + length
        pieces.append(data[start:end])
    if end != total:
        raise ValueError("cut short")
    return pieces
