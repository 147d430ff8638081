"""Ends sessions for good: under the tokens too that other requests give them meanwhile."""

from __future__ import annotations

from quart_app.sessions.endings import Endings
from quart_app.sessions.owner import SOMEBODY
from quart_app.sessions.record import Record
from quart_app.sessions.stores.base import Store


async def end_all_of(
    owner: str, *, store: Store, endings: Endings, except_key: str | None
) -> list[Record]:
    """Sign this owner out everywhere, or everywhere but there; the sessions as they ended."""
    listed = await store.owned_by(owner)
    ended: list[Record] = []
    try:
        ended = await store.delete_owned_by(owner, except_key=except_key)
    finally:
        # If one could not be ended, others were. And some may have begun since they were listed.
        keys = dict.fromkeys(record.key for record in (*listed, *ended))
        endings.tell(*(key for key in keys if key != except_key))
    known = {except_key, *(record.key for record in ended)}
    gone = [record for record in listed if record.key not in known]
    return ended + await end_successors(
        owner, gone, store=store, endings=endings, except_key=except_key
    )


async def end_successors(
    owner: str,
    gone: list[Record],
    *,
    store: Store,
    endings: Endings,
    except_key: str | None = None,
) -> list[Record]:
    """Some sessions that were to end are gone: if another request has given one of them a new
    token, it ends under that one too. It is known by having begun at the same moment."""
    if owner == SOMEBODY:
        return []  # that is everybody who does not say who they are
    began = {(record.created_at, record.device) for record in gone}
    ended: list[Record] = []
    known = {except_key}
    # Again, since one may have moved on in between; but no key twice, or a store that still lists
    # what it has deleted would keep this going for ever.
    while gone and (
        successors := [
            record.key
            for record in await store.owned_by(owner)
            if (record.created_at, record.device) in began and record.key not in known
        ]
    ):
        for key in successors:
            if (record := await store.delete(key)) is not None:
                ended.append(record)
                endings.tell(key)
        known.update(successors)
    return ended
