"""A record as bytes and back; says nothing of where the bytes lie."""

from __future__ import annotations

import struct
from datetime import timedelta

from quart_app.sessions.record import Lifetime, Record

_FIXED = struct.Struct("<32sddddB")  # key, created, seen, idle, ends, flags
_LENGTH = struct.Struct("<I")
_PERMANENT = 1
_OWNED = 2


def encode(record: Record) -> bytes:
    """The whole record. Whoever decodes it learns from it which key it belongs to."""
    lifetime = record.lifetime
    flags = lifetime.permanent * _PERMANENT | (record.owner is not None) * _OWNED
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
    for name, value in record.fields.items():
        _append(parts, name.encode())
        _append(parts, value)
    return b"".join(parts)


def decode(data: bytes) -> Record:
    """The record. Raises `ValueError` if these bytes are not one."""
    try:
        key, created_at, seen_at, idle, ends_at, flags = _FIXED.unpack_from(data)
        owner, device, *rest = _pieces(data)
        return Record(
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
        )
    except (struct.error, OverflowError) as exc:
        raise ValueError("not a record") from exc


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
