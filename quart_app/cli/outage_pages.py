"""Pages that a proxy shows by itself, in our looks: each is whole, since the server may be down."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from quart import Quart, Response, abort

from quart_app.cli import logs
from quart_app.cli.intent import Intent
from quart_app.cli.output import say
from quart_app.cli.stand_in import StandIn
from quart_app.errors import ConfigurationError
from quart_app.settings import ApplicationSettings, LoginSettings
from quart_app.web.catalogues import Languages

STATUSES = (413, 429, 503)
_LEFT_OUT = ("form", "script")


def languages(config: Mapping[str, Any]) -> list[str]:
    """The codes of those that there are. Raises `ConfigurationError`."""
    default = ApplicationSettings.from_config(config).default_language
    besides = LoginSettings.from_config(config).locale_dir
    return [*Languages.found(default=default, besides=besides).all]


def write(folder: Path, intent: Intent) -> int:
    """Write them all there; the exit status. Raises `ConfigurationError`."""
    logs.keep_quiet()
    app = StandIn.of(intent).app
    codes = languages(app.config)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in asyncio.run(_pages(app, codes)).items():
            (folder / name).write_text(text)
            say(str(folder / name))
    except OSError as exc:
        raise ConfigurationError(
            f"{folder} cannot be written to ({exc.strerror}): name another folder with --to"
        ) from exc
    return 0


async def _pages(app: Quart, codes: Iterable[str]) -> dict[str, str]:
    def show(status: int) -> str:
        abort(status)

    # No visitor gets here: this application serves nobody.
    app.add_url_rule("/outage/<int:status>", view_func=show)
    pages = {}
    for code in codes:
        for status in STATUSES:
            page = await _asked(app, f"/outage/{status}", language=code)
            whole = _Whole()
            whole.feed(await page.get_data(as_text=True))
            pages[f"{status}.{code}.html"] = await whole.text(app)
    return pages


async def _asked(app: Quart, path: str, *, language: str = "") -> Response:
    hosts = ApplicationSettings.from_config(app.config).trusted_hosts
    headers = {"Accept-Language": language, "Host": next(iter(hosts), "localhost").lstrip(".")}
    return await app.test_client().get(path, headers=headers)


class _Whole(HTMLParser):
    """A page without what needs the server, and with what it would load from there put in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self._parts: list[str | tuple[str, str]] = []
        self._inside = 0

    async def text(self, app: Quart) -> str:
        """The page."""
        parts = []
        for part in self._parts:
            if isinstance(part, str):
                parts.append(part)
                continue
            kind, path = part
            loaded = await _asked(app, path)
            data = await loaded.get_data(as_text=False)
            if kind == "style":
                parts.append(f"<style>{data.decode()}</style>")
            else:
                encoded = base64.b64encode(data).decode()
                parts.append(f"data:{loaded.mimetype};base64,{encoded}")
        return "".join(parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self._inside += tag in _LEFT_OUT
        if self._inside or (tag == "link" and named.get("rel") not in ("stylesheet", None)):
            return
        if tag == "link":
            self._parts.append(("style", named.get("href") or ""))
        elif tag == "img":
            before, _, after = (self.get_starttag_text() or "").partition(named.get("src") or "")
            self._parts += [before, ("image", named.get("src") or ""), after]
        else:
            self._parts.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if not self._inside:
            self._parts.append(f"</{tag}>")
        self._inside -= tag in _LEFT_OUT

    def handle_data(self, data: str) -> None:
        self._keep(data)

    def handle_entityref(self, name: str) -> None:
        self._keep(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._keep(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        self._keep(f"<!{decl}>")

    def _keep(self, text: str) -> None:
        if not self._inside:
            self._parts.append(text)
