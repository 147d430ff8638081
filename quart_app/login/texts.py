"""Marks texts that Python code hands to templates, so that translators' tools find them."""

from __future__ import annotations


def translatable(text: str) -> str:
    """The text as it is; a template says it in the visitor's language."""
    return text


def translatable_many(one: str, many: str) -> tuple[str, str]:
    """The same for a text with a count, as it is for one and for many."""
    return one, many
