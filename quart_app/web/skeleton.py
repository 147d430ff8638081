"""A page that was written once, and what is put into it at each request."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from markupsafe import escape

# Stand for what is put in, while the page is written without it. No text of ours has one.
_FIRST, _LAST = 0xE000, 0xE0FF
_PLACE = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")


class Skeleton:
    """For pages whose templates only show a text, or ask whether there is one."""

    def __init__(self, write: Callable[[Sequence[str]], str], are_there: Sequence[bool]) -> None:
        """`write` writes the page with these texts; `are_there` says which are not empty."""
        places = [chr(_FIRST + at) if is_there else "" for at, is_there in enumerate(are_there)]
        written = write(places)
        self._begins, *rest = _PLACE.split(written)
        found = [ord(place) - _FIRST for place in _PLACE.findall(written)]
        self._rest = list(zip(found, rest, strict=True))

    def filled(self, texts: Sequence[str]) -> str:
        """The page with these texts, of which the same ones are empty."""
        pieces: list[str] = [self._begins]
        for at, text in self._rest:
            pieces += (escape(texts[at]), text)
        return "".join(pieces)
