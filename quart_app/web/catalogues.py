"""The texts of each language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, Self

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from markupsafe import Markup, escape
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from quart_app.errors import ConfigurationError
from quart_app.web import resources, times

FILE = "LC_MESSAGES/messages.po"
_VALUE = re.compile(r"%\((\w+)\)")


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """One language, of which one or more catalogues say the texts."""

    code: str
    locale: Locale
    texts: Mapping[str, Markup]
    plurals: NullTranslations

    @classmethod
    def read(cls, paths: Iterable[Path]) -> Self:
        """Read catalogues as translators' tools write them; nothing has to be compiled. What a
        later one says counts. Raises `ConfigurationError`."""
        texts: dict[str, Markup] = {}
        plurals = NullTranslations()
        for path in paths:
            catalogue = read_catalogue(path)
            for message in catalogue:
                _require_same_values(message, path)
            # A fuzzy one is a tool's guess that no translator has looked at yet.
            texts |= {
                str(m.id): escape(m.string)
                for m in catalogue
                if m.id and m.string and not m.fuzzy and isinstance(m.string, str)
            }
            plurals = _plurals(catalogue, before=plurals)
        code = path.parts[-3]
        language = cls(code.replace("_", "-"), Locale.parse(code), texts, plurals)
        # Babel reads a locale's file when it is first asked: in a request, that would hold up all
        # others.
        language.ago(0, 0)
        return language

    @property
    def own_name(self) -> str:
        """What its readers call it."""
        name = self.locale.get_display_name() or self.code
        return name[:1].upper() + name[1:]

    @property
    def direction(self) -> str:
        """Which way it is written."""
        return self.locale.text_direction

    def ago(self, at: float, now: float) -> Markup:
        """How long ago a moment was."""
        return times.ago(at, now, locale=self.locale)

    def say(self, text: str, **values: Any) -> Markup:
        """The text in this language, safe to put into a page: values are escaped."""
        said = self.texts.get(text) or escape(text)
        if not values:
            return said
        return said % {name: escape(value) for name, value in values.items()}

    def say_many(self, one: str, many: str, count: int, **values: Any) -> Markup:
        """The form of the text that goes with this count, which is also a value, `count`."""
        said = escape(self.plurals.ngettext(one, many, count))
        return said % {name: escape(value) for name, value in {"count": count, **values}.items()}


class Languages:
    """All that there are."""

    def __init__(self, languages: Mapping[str, Language], *, default: str) -> None:
        if default not in languages:
            raise ConfigurationError(
                f"DEFAULT_LANGUAGE is {default!r}: set it to one of {', '.join(languages)}"
            )
        self.all = languages
        self._default = languages[default]
        # A visitor who asks for Portuguese can read that of Brazil.
        self._by_range = {code.partition("-")[0].lower(): each for code, each in languages.items()}
        self._by_range |= {code.lower(): each for code, each in languages.items()}

    @classmethod
    def found(cls, *, default: str, besides: Path | None = None) -> Self:
        """Those that have a catalogue, ours or in an application's own folder, whose words count.
        Raises `ConfigurationError`."""
        folders = [resources.LOCALES, *([besides] if besides else [])]
        by_code: dict[str, list[Path]] = {}
        for path in (path for folder in folders for path in sorted(folder.glob(f"*/{FILE}"))):
            by_code.setdefault(path.parts[-3], []).append(path)
        languages = [Language.read(by_code[code]) for code in sorted(by_code)]
        return cls({language.code: language for language in languages}, default=default)

    def preferred(self, accepted: str) -> Language:
        """The one that an Accept-Language header asks for most."""
        wanted = parse_accept_header(accepted, LanguageAccept)
        # Not its `best_match`, which takes English for "fr-CA, en;q=0.1": French is less exact.
        for tag, quality in wanted:
            if quality > 0 and (language := self._closest(tag)) is not None:
                return language
        return self._default

    def _closest(self, tag: str) -> Language | None:
        # fr-Latn-CA, fr-Latn, fr
        parts = tag.lower().split("-")
        ranges = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((self._by_range[each] for each in ranges if each in self._by_range), None)


def read_catalogue(path: Path) -> Catalog:
    """Raises `ConfigurationError`."""
    code = path.parts[-3]
    try:
        with path.open("rb") as file:
            return read_po(file, locale=Locale.parse(code), abort_invalid=True)
    # IndexError: Babel before 2.18, of a message without its translation.
    except (OSError, ValueError, IndexError, PoFileError, UnknownLocaleError) as exc:
        raise ConfigurationError(
            f"{path} cannot be read ({exc}): mend it, or take it away"
        ) from exc


def _require_same_values(message: Message, path: Path) -> None:
    """A translation that asks for another value than its text has would fail in each page."""
    values = dict.fromkeys(_VALUE.findall("".join(_forms(message.id))), 0)  # fits %s and %d
    for each in _forms(message.string) if values and not message.fuzzy else ():
        try:
            _ = each % values
        except (KeyError, TypeError, ValueError):
            wanted = ", ".join(f"%({name})s" for name in values)
            raise ConfigurationError(
                f"{path} says {each!r}, in which only {wanted} may stand, and %% for a %: mend it"
            ) from None


def _forms(said: str | Iterable[str] | None) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said or ())


def _plurals(catalogue: Catalog, *, before: NullTranslations) -> NullTranslations:
    file = BytesIO()
    write_mo(file, catalogue)
    file.seek(0)
    plurals = GNUTranslations(file)
    plurals.add_fallback(before)
    return plurals
