"""Writes our pages, and what stands around an application's own that extend our layout."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from jinja2 import BaseLoader, Environment, Template
from jinja2.meta import find_referenced_templates
from markupsafe import Markup, escape
from quart import Quart, Response, request
from quart.wrappers import Request
from werkzeug.local import LocalProxy

from quart_app.live import Live
from quart_app.login.account import NOBODY, Account
from quart_app.login.current import current_account
from quart_app.login.paths import Paths, root_of
from quart_app.scope import current
from quart_app.settings import LoginSettings
from quart_app.web import resources
from quart_app.web.assets import Assets
from quart_app.web.catalogues import Language
from quart_app.web.frame import Fixed, Frame
from quart_app.web.language import LanguageSwitch
from quart_app.web.looks import STYLE, logo_name
from quart_app.web.said_once import SAID, SaidOnce
from quart_app.web.skeleton import Skeleton

NAMESPACE = "login/"
# A server has one of these, or a few; no client can choose it.
KNOWN_FRAMES = 64
KNOWN_SKELETONS = 512
# Stands for the session's mark where a page is written before there is a session.
_PLACE = "\ue000"
# A name written from right to left must not turn round the words about it.
ISOLATED = (Markup("<bdi>"), Markup("</bdi>"))


# Language, root, template, the names of what is shown, and all other values.
_About = tuple[Language, str, str, tuple[str, ...], tuple[tuple[str, Any], ...]]


class Renderer:
    """One template at a time, in the visitor's language."""

    def __init__(
        self,
        app: Quart,
        switch: LanguageSwitch,
        assets: Assets,
        *,
        live: Live | None,
        paths: Paths,
        looks: LoginSettings,
    ) -> None:
        """Reads all templates of ours: in a request, that would hold up all others."""
        self._app = app
        self._switch = switch
        self._assets = assets
        self._live = live
        self._paths = paths
        self._looks = looks
        self._reads_again = bool(app.jinja_env.auto_reload)
        self._environments = {
            language.code: _speaking(app.jinja_env, language) for language in switch.languages
        }
        self._fixed = lru_cache(KNOWN_FRAMES)(self._written_once)
        self._skeleton = lru_cache(KNOWN_SKELETONS)(self._written_as_skeleton)
        self._templates = {
            (code, name): template
            for code, environment in self._environments.items()
            for name, template in _compiled(environment).items()
        }
        # What an application has put in the place of ours may need what it gives all its templates,
        # and may do anything with a text.
        self._asks_application = _replaced(app.jinja_env)
        may_change = self._reads_again or self._asks_application
        self._only_show = frozenset() if may_change else _ours()
        for language in switch.languages:
            self._fixed(language, "")

    def names(self) -> dict[str, Any]:
        """What all templates of the application may ask for; costs nothing until they do."""
        return {"login": LocalProxy(self._frame), "account": current_account}

    async def page(
        self,
        template: str,
        /,
        *,
        status: int = 200,
        account: Account = NOBODY,
        shown: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """The page, and what is to be said of its language. `account` is who is signed in. With
        `shown`, texts that our template only shows, it is written once for the same `values`."""
        asked = current(request)
        language = self._switch.of(asked)
        if shown is None or not self.only_shows(template):
            around = self._around(asked, language)
            values |= {**(shown or {}), "login": around, "account": account}
            if self._asks_application:
                values = await self._from_application(asked) | values
            page = (await self._template(language, template)).render(values)
        else:
            root = root_of(asked)
            here = _here(asked, root)
            page = self.filled(
                template, language, shown, values, root=root, here=here, account=account
            )
        headers = {"Content-Language": language.code, "Vary": "Accept-Language"}
        return Response(page, status, headers, content_type="text/html; charset=utf-8")

    async def _from_application(self, asked: Request) -> dict[str, Any]:
        """What it gives all its templates. Quart's own way to ask differs between its versions."""
        given: dict[str, Any] = {}
        for name in (None, *reversed(asked.blueprints)):
            for processor in self._app.template_context_processors[name]:
                given.update(await self._app.ensure_async(cast(Any, processor))())
        return given

    def only_shows(self, template: str) -> bool:
        """Whether it is one of ours: an application's own may do anything with a text, and ask for
        the request."""
        return template in self._only_show

    def filled(
        self,
        template: str,
        language: Language,
        shown: Mapping[str, str],
        values: Mapping[str, Any],
        *,
        root: str,
        here: str,
        account: Account = NOBODY,
    ) -> str:
        """The text of a page of ours that only shows texts. Without an account, there need not be a
        request."""
        mark = self._live.mark() if account and self._live is not None else ""
        texts = (here, mark, account.id, account.name, *shown.values())
        about = (language, root, template, tuple(shown), tuple(values.items()))
        return self._skeleton(about, tuple(map(bool, texts))).filled(texts)

    def _written_as_skeleton(self, about: _About, are_there: tuple[bool, ...]) -> Skeleton:
        language, root, template, names, values = about
        fixed = vars(self._fixed(language, root))

        def write(texts: Sequence[str]) -> str:
            here, mark, id, name, *others = texts
            frame = Frame(fixed, here=here, mark=None if self._live is None else lambda: mark)
            shown = dict(zip(names, others, strict=True))
            account = Account(id=id, name=name)
            around = {"login": frame, "account": account}
            written = self._templates[language.code, template]
            return written.render({**shown, **dict(values), **around})

        return Skeleton(write, are_there)

    def say(self, text: str, **values: Any) -> Markup:
        """A text in the visitor's language."""
        return self._switch.of(current(request)).say(text, **values)

    def say_many(self, one: str, many: str, count: int) -> Markup:
        """The form of a text that goes with this count, in the visitor's language."""
        return self._switch.of(current(request)).say_many(one, many, count)

    async def _template(self, language: Language, name: str) -> Template:
        if self._reads_again or (template := self._templates.get((language.code, name))) is None:
            # One of the application's own: reading it would hold up all others.
            read = self._environments[language.code].get_template
            template = self._templates[language.code, name] = await asyncio.to_thread(read, name)
        return template

    def _frame(self) -> Frame:
        asked = current(request)
        return self._around(asked, self._switch.of(asked))

    def _around(self, asked: Request, language: Language) -> Frame:
        root = root_of(asked)
        mark = None if self._live is None else self._live.mark
        return Frame(vars(self._fixed(language, root)), here=_here(asked, root), mark=mark)

    def _written_once(self, language: Language, root: str) -> Fixed:
        environment = self._environments[language.code]
        others = [other for other in self._switch.languages if other is not language]
        looks = self._looks
        names: dict[str, Any] = {
            "root": root,
            "site_name": looks.site_name,
            "style": looks.site_color and STYLE,
            "logo": logo_name(looks.site_logo) if looks.site_logo else "icon.svg",
            "asset": self._assets.asset,
            "others": others,
            "events": "" if self._live is None else self._live.path,
            "mark": _PLACE,
        }

        def part(name: str) -> Markup:
            written = environment.get_template(f"{NAMESPACE}{name}.html").render(names)
            return Markup(written.rstrip())  # noqa: S704  # a template of ours has escaped it

        return Fixed(
            language=language.code,
            direction=language.direction,
            root=root,
            paths=Paths(root + self._paths.prefix),
            say=language.say,
            head=part("head"),
            brand=part("brand"),
            language_buttons=part("language_buttons"),
            title_end=f" \N{EN DASH} {looks.site_name}" if looks.site_name else "",
            show_password=part("show_password"),
            scripts_about_mark=tuple(map(Markup, part("scripts").split(_PLACE))),
        )


def _here(asked: Request, root: str) -> str:
    return root + (asked.path if asked.method != "GET" else asked.full_path.rstrip("?"))


def _speaking(environment: Environment, language: Language) -> Environment:
    # As coroutines, which Quart makes of them, they take more than twice the time.
    # And what one language compiles has its texts in it: an application's cache of compiled
    # templates does not tell languages apart.
    own = environment.overlay(
        enable_async=False, trim_blocks=True, lstrip_blocks=True, bytecode_cache=None
    )
    own.globals = {
        **environment.globals,
        "_": language.say,
        "ngettext": language.say_many,
        "ago": language.ago,
    }
    own.filters = {**environment.filters, "isolated": _isolated, SAID: language.say}
    own.add_extension(SaidOnce)
    return own


def _compiled(environment: Environment) -> dict[str, Template]:
    names = [name for name in environment.list_templates() if name.startswith(NAMESPACE)]
    templates: dict[str, Template] = {}
    while names:
        if (name := names.pop()) not in templates:
            templates[name] = environment.get_template(name)
            names += _named_in(environment, name)
    for template in templates.values():
        # Copied for each page. From the chain of dicts that it is, that is a third of the work.
        template.globals = dict(template.globals)
    return templates


def _named_in(environment: Environment, name: str) -> list[str]:
    """Templates that this one extends or includes, as far as it says so plainly: an application's
    own layout may have others about it."""
    source, _, _ = _loader_of(environment).get_source(environment, name)
    named = find_referenced_templates(environment.parse(source))
    return [each for each in named if each is not None]


def _loader_of(environment: Environment) -> BaseLoader:
    return cast(BaseLoader, environment.loader)


def _ours() -> frozenset[str]:
    folder = resources.TEMPLATES / NAMESPACE
    return frozenset(f"{NAMESPACE}{path.name}" for path in folder.glob("*.html"))


def _replaced(environment: Environment) -> bool:
    """Whether the application has a template in the place of one of ours."""
    ours = resources.TEMPLATES
    for name in _ours():
        _, found, _ = _loader_of(environment).get_source(environment, name)
        if found is None or not Path(found).is_relative_to(ours):
            return True
    return False


def _isolated(name: object) -> Markup:
    return ISOLATED[0] + escape(name) + ISOLATED[1]
