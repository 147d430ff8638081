"""Writes our pages."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, Template
from quart import Quart, Response, request

from quart_app.live import Live
from quart_app.scope import current
from quart_app.web.assets import Assets
from quart_app.web.language import Language, LanguageSwitch
from quart_app.web.prefix import root_of
from quart_app.web.templates import compiled, knowing

AT_THE_ROOT = ""
ANYWHERE = None


class Renderer:
    """One template at a time, in the visitor's language."""

    def __init__(
        self, app: Quart, switch: LanguageSwitch, assets: Assets, live: Live | None
    ) -> None:
        self._switch = switch
        # Most applications lie at the root of their site, and each page begins ten addresses there.
        self._templates = {
            (language.code, root): _templates(app.jinja_env, language, switch, assets, live, root)
            for language in switch.languages
            for root in (AT_THE_ROOT, ANYWHERE)
        }

    def page(self, template: str, /, *, status: int = 200, **values: Any) -> Response:
        """The page, and what is to be said of its language."""
        asked = current(request)
        language = self._switch.of(asked)
        if root := root_of(asked):
            values["root"] = root
        path = asked.full_path.rstrip("?") if asked.method == "GET" else asked.path
        page = self._templates[language.code, ANYWHERE if root else AT_THE_ROOT][template].render(
            here=root + path, **values
        )
        headers = {"Content-Language": language.code, "Vary": "Accept-Language"}
        return Response(page, status, headers, content_type="text/html; charset=utf-8")


def _templates(
    environment: Environment,
    language: Language,
    switch: LanguageSwitch,
    assets: Assets,
    live: Live | None,
    root: str | None,
) -> dict[str, Template]:
    names = {
        "_": language.say,
        "asset": assets.asset,
        "ago": language.ago,
        "language": language.code,
        "direction": language.direction,
        "events": "" if live is None else live.path,
        "mark": None if live is None else live.mark,
    }
    if root is not None:
        names["root"] = root
    others = [other for other in switch.languages if other is not language]
    own = knowing(environment, names)
    buttons = own.get_template("language_buttons.html").make_module({"others": others})
    own.globals["language_buttons"] = buttons.__html__()
    return compiled(own)
