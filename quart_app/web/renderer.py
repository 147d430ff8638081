"""Writes our pages. Their templates await nothing: rendered as coroutines, as Quart would, they
take more than twice the time."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from quart import Quart, Response, g, request

from quart_app.web.assets import Assets
from quart_app.web.language import LanguageSwitch


class Renderer:
    """One template at a time, in the visitor's language."""

    def __init__(self, app: Quart, switch: LanguageSwitch, assets: Assets) -> None:
        self._switch = switch
        environment = app.jinja_env.overlay(enable_async=False)
        environment.globals |= {"asset": assets.asset, "bdi": _isolated}
        # Read and compiled now: in a request, that would hold up all others.
        self._templates = {
            name: environment.get_template(name) for name in environment.list_templates()
        }
        app.after_request(_tell_language)

    def render(self, template: str, **values: Any) -> str:
        """The page."""
        language = self._switch.of(request)
        g.language = language
        return self._templates[template].render(
            language=language,
            languages=self._switch.languages,
            _=language.say,
            root=request.script_root,
            here=request.full_path.rstrip("?") if request.method == "GET" else request.path,
            **values,
        )


# A coroutine, as every hook here: Quart hands other functions to a thread, at each request.
async def _tell_language(response: Response) -> Response:
    # Only where a page was written in it.
    if (language := g.get("language")) is not None:
        response.headers["Content-Language"] = language.code
        response.vary.add("Accept-Language")
    return response


def _isolated(name: str) -> Markup:
    # A name written from right to left must not turn round the words about it.
    return Markup("<bdi>%s</bdi>") % name
