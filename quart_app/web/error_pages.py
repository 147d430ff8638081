"""A page for each error, in the visitor's language. Reads no session: that may be what failed."""

from __future__ import annotations

import logging
from urllib.parse import quote

from quart import Blueprint, Quart, Request, Response, has_request_context, request
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.wrappers import Response as WerkzeugResponse

from quart_app.errors import Unavailable
from quart_app.login.paths import root_of
from quart_app.login.texts import translatable
from quart_app.scope import current
from quart_app.web.redirects import own_path
from quart_app.web.site import Site

log = logging.getLogger(__name__)

_ = translatable
WORDS = {
    400: (_("This request cannot be understood"), _("Go back and try again.")),
    401: (_("You are not logged in"), _("Log in and try again.")),
    403: (_("This did not come from one of our pages"), _("Open this site itself and try again.")),
    404: (_("There is no such page"), _("Check the address, or start from the home page.")),
    405: (_("This address cannot do that"), _("Start from the home page.")),
    413: (_("That is too much at once"), _("Send less and try again.")),
    415: (_("This is not a form of ours"), _("Use the form on the page.")),
    429: (_("That was too often"), _("Wait a moment and try again.")),
    500: (_("Something went wrong here"), _("It is not your fault. Try again in a moment.")),
    503: (_("We cannot serve you right now"), _("Nothing is lost. Try again in a moment.")),
}
# What may go better a moment later, or for one who has logged in.
_PASSES = (401, 429, 500, 503)
MAY_BE_DONE = _("What you did last may have to be done again. Try again in a moment.")


class ErrorPages:
    """Shown for whatever is raised, by Quart and its libraries too."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def join(self, app: Quart | Blueprint) -> None:
        """Take over from werkzeug's pages, everywhere or on our own."""
        app.register_error_handler(HTTPException, self.page)
        if isinstance(app, Blueprint):
            # An application's own handler of one status would win over one of them all.
            for code in default_exceptions:
                app.register_error_handler(code, self.page)

    async def page(self, error: HTTPException) -> Response | WerkzeugResponse:
        """The page, under the error's own status and headers."""
        code = error.code or 500
        if error.response is not None or code < 400:
            return error.get_response()  # a redirect
        if not has_request_context():
            return error.get_response()  # to a websocket, which shows no page
        heading, advice = WORDS.get(code, WORDS[400 if code < 500 else 500])
        if isinstance(error, Unavailable) and error.may_be_done:
            advice = MAY_BE_DONE
        try:
            response = await self._site.renderer.page(
                "login/error.html",
                status=code,
                code=code,
                heading=heading,
                advice=advice,
                again=_address_of(current(request)) if code in _PASSES else None,
            )
        except Exception:
            # An application's own template, or what it wants to know, may fail for the same reason.
            log.exception("page of an error failed")
            return error.get_response()
        for name, value in error.get_headers():
            if name.lower() != "content-type":
                response.headers[name] = value
        return response


def _address_of(asked: Request) -> str | None:
    """Where a link may lead to ask once more. What a form sent, a link does not send again; and an
    address that begins like another site's is none of ours."""
    if asked.method != "GET":
        return None
    root, query = root_of(asked), asked.query_string.decode("latin-1")
    return own_path(f"{root}{quote(asked.path)}{query and '?'}{query}", root=root)
