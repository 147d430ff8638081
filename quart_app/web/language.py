"""Which language a visitor reads, and the texts in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from babel import Locale
from babel.messages.pofile import read_po
from itsdangerous import Signer
from markupsafe import Markup, escape
from quart import Quart, Request, current_app, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.exceptions import BadRequest
from werkzeug.http import parse_accept_header

from quart_app.errors import ConfigurationError
from quart_app.web import resources, times
from quart_app.web.cross_site import refuse_cross_site
from quart_app.web.forms import read_form
from quart_app.web.prefix import root_of
from quart_app.web.redirects import own_path, see_other

COOKIE = "language"
REMEMBERED = timedelta(days=365)
# A browser sends some fifty characters; parsing thousands would hold up all other requests.
MOST_CHARACTERS = 200
KNOWN_WISHES = 1_000
# To come here by a click signs out.
_NEVER_ASKED_AGAIN = ("/logout", "/language")


@dataclass(frozen=True, slots=True)
class Language:
    """One catalogue, `locales/CODE/LC_MESSAGES/messages.po`."""

    code: str
    locale: Locale
    texts: Mapping[str, Markup]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a catalogue as translators' tools write it; nothing has to be compiled."""
        code = path.parts[-3]
        with path.open("rb") as file:
            catalogue = read_po(file, locale=code)
        # A fuzzy one is a tool's guess that no translator has looked at yet.
        texts = {
            str(m.id): escape(str(m.string)) for m in catalogue if m.id and m.string and not m.fuzzy
        }
        language = cls(code.replace("_", "-"), Locale.parse(code), texts)
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
    def found(cls, *, default: str) -> Self:
        """Those that have a catalogue."""
        paths = sorted(resources.folder("locales").glob("*/LC_MESSAGES/messages.po"))
        languages = [Language.read(path) for path in paths]
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


class LanguageSwitch:
    """The language of a request: the one chosen before, else the browser's. The choice is kept in
    a signed cookie, so that it costs no session."""

    def __init__(self, languages: Languages, *, secret_keys: Sequence[str | bytes]) -> None:
        self._languages = languages
        self.languages = tuple(languages.all.values())
        signers = [Signer(key, salt="quart_app: language") for key in secret_keys]
        self._cookies = {each.code: signers[0].sign(each.code).decode() for each in self.languages}
        # Few as there are, each is known beforehand: nothing has to be verified at a request.
        self._chosen = {
            signer.sign(each.code).decode(): each for signer in signers for each in self.languages
        }
        # What browsers ask for is much the same, and takes as long to read as a page to write.
        self._preferred = lru_cache(KNOWN_WISHES)(languages.preferred)

    def join(self, app: Quart) -> None:
        """Answer what the switch at the foot of each page sends."""
        app.add_url_rule("/language", "language", self.choose, methods=["POST"])

    def of(self, request: Request) -> Language:
        """The language that this visitor reads."""
        if (chosen := self._chosen.get(request.cookies.get(COOKIE, ""))) is not None:
            return chosen
        return self._preferred(request.headers.get("Accept-Language", "")[:MOST_CHARACTERS])

    async def choose(self) -> Any:
        """Remember the language that was chosen."""
        refuse_cross_site(request)
        fields = await read_form(request)
        if (language := self._languages.all.get(fields.get("language", ""))) is None:
            raise BadRequest
        root = root_of(request)
        here = own_path(fields.get("next"), root=root, but=_NEVER_ASKED_AGAIN)
        response = see_other(here or f"{root}/")
        response.set_cookie(
            COOKIE,
            self._cookies[language.code],
            max_age=REMEMBERED,
            httponly=True,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
        return response
