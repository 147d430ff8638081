"""Which language a visitor reads, and the switch at the foot of each page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from itsdangerous import Signer
from quart import Request, Response, request
from werkzeug.exceptions import BadRequest

from quart_app.login.paths import Paths, root_of
from quart_app.scope import current
from quart_app.web.catalogues import Language, Languages
from quart_app.web.cookies import have_it_kept
from quart_app.web.redirects import own_path, see_other

# A browser sends some fifty characters; parsing thousands would hold up all other requests.
MOST_CHARACTERS = 200
KNOWN_WISHES = 1_000


class LanguageSwitch:
    """The language of a request: the one chosen before, else the browser's. The choice is kept in
    a signed cookie, so that it costs no session."""

    def __init__(
        self,
        languages: Languages,
        *,
        paths: Paths,
        secret_keys: Sequence[str | bytes],
        cookie: str = "language",
    ) -> None:
        self._cookie = cookie
        # To come there by a click signs out, or is no page.
        self._never_asked_again = (paths.logout, paths.language)
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

    def of(self, request: Request) -> Language:
        """The language that this visitor reads."""
        return self.spoken_by(request.cookies, wishes=request.headers.get("Accept-Language", ""))

    def spoken_by(self, cookies: Mapping[str, str], *, wishes: str) -> Language:
        """The same, for what a request brings."""
        # Asked first: for one that is missing, `get` makes an exception with a page of its own.
        if self._cookie in cookies and (chosen := self._chosen.get(cookies[self._cookie])):
            return chosen
        return self._preferred(wishes[:MOST_CHARACTERS])

    def chosen(self, fields: Mapping[str, str]) -> Response:
        """Back to where the visitor was, with the language that was chosen. Raises 400."""
        if (language := self._languages.all.get(fields.get("language", ""))) is None:
            raise BadRequest
        root = root_of(request)
        here = own_path(fields.get("next", ""), root=root, but=self._never_asked_again)
        response = see_other(here or f"{root}/")
        signed = self._cookies[language.code]
        have_it_kept(response, self._cookie, signed, asked=current(request), samesite="Lax")
        return response
