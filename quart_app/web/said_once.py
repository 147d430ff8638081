"""Has Jinja say a text when a template is compiled, where it is always the same."""

from __future__ import annotations

from collections.abc import Iterable

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

# A filter of a constant is applied once, when the template is compiled; a call at every page.
SAID = "said"


class SaidOnce(Extension):
    """Makes `("Name"|said)` of `_("Name")`. What has values besides, or is no such call, stays."""

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """See Jinja's `Extension`."""
        waiting: list[Token] = []
        for token in stream:
            waiting.append(token)
            if _begins_one(waiting):
                if len(waiting) == len(_CALL):
                    yield from _said(waiting[2])
                    waiting = []
                continue
            yield from waiting[:-1]
            waiting = waiting[-1:]
            if not _begins_one(waiting):
                yield waiting.pop()
        yield from waiting


_CALL = ("name", "lparen", "string", "rparen")


def _begins_one(tokens: list[Token]) -> bool:
    kinds = tuple(token.type for token in tokens)
    return kinds == _CALL[: len(kinds)] and (not tokens or tokens[0].value == "_")


def _said(text: Token) -> Iterable[Token]:
    line = text.lineno
    yield Token(line, "lparen", "(")
    yield text
    yield Token(line, "pipe", "|")
    yield Token(line, "name", SAID)
    yield Token(line, "rparen", ")")
