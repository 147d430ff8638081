"""Imports point down only, and no file grows into a catch-all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "quart_app"
MODULES = [path.relative_to(PACKAGE).as_posix() for path in sorted(PACKAGE.rglob("*.py"))]

FLOOR = {"settings", "errors", "scope", "signals", "network", "threads", "__version__"}
# What each room may know of besides itself. A new room has to find its place here.
MAY_IMPORT = {
    "__init__": {"app", "login", "web"},
    "__main__": {"cli"},
    "errors": set[str](),
    "scope": set[str](),
    "signals": set[str](),
    "threads": set[str](),
    "network": set[str](),
    "origin": {"errors", "signals"},
    "forwarded": FLOOR,
    "settings": {"errors"},
    "sessions": {"origin", *FLOOR},
    "accounts": FLOOR,  # knows nothing of sessions: only login joins the two
    "live": {"origin", "sessions", *FLOOR},
    "server": FLOOR,  # serves any ASGI application
    "login": {"accounts", "live", "origin", "sessions", *FLOOR},
    "web": {"accounts", "forwarded", "live", "login", "origin", "sessions", *FLOOR},
    "observing": {"forwarded", "login", *FLOOR},
    "app": {"web", "login", "accounts", "live", "observing", "sessions", *FLOOR},
    "asgi": {"app"},
    "cli": {
        *("app", "web", "login", "accounts", "live", "observing", "sessions", "server"),
        *("forwarded", *FLOOR),
    },
    "testing": {"login", "sessions", *FLOOR},
}
# Who may import these at all: paths that the module's path begins with.
ONLY_IN = {
    "quart_session": ("sessions/interface.py",),
    "redis": ("sessions/stores/redis", "live/bus/redis"),
    "sqlalchemy": ("accounts/",),
    "alembic": ("accounts/storage/migrating", "accounts/storage/migrations/"),
    "psycopg": ("accounts/storage/postgresql",),
    "nacl": ("accounts/passwords/own",),
    "bcrypt": ("accounts/passwords/foreign",),
    "zxcvbn": ("accounts/passwords/lists",),
    "hypercorn": ("server/",),
    "prometheus_client": ("observing/",),
    "pytest": ("testing/",),
}
# Within these: what each of their rooms may know of besides itself. What lies beside those joins
# them.
WITHIN = {
    "sessions": {
        "stores": set[str](),
        "held": {"stores"},
        "http": {"held", "stores"},
        "saving": {"held", "http", "stores"},
    },
    "server": {
        "protocol": set[str](),  # knows neither sockets nor processes
        "connections": {"protocol"},
        "listening": set[str](),
        # They know no connection.
        "workers": {"listening", "notify", "stopping", "terminal"},
    },
}
CATCH_ALLS = {"utils", "helpers", "core", "manager", "common", "misc"}
MOST_LINES_IN_A_FILE = 300
MOST_LINES_IN_A_FUNCTION = 40


def imported_by(module: str) -> Iterator[str]:
    """Full names of all that a module imports, wherever in it."""
    for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down_only(module: str) -> None:
    room = module.removesuffix(".py").split("/")[0]

    rooms = {name.split(".")[1] for name in imported_by(module) if name.startswith("quart_app.")}

    assert rooms <= MAY_IMPORT[room] | {room}


@pytest.mark.parametrize(
    "module", [name for name in MODULES if name.split("/")[0] in WITHIN and name.count("/") > 1]
)
def test_within_a_room_they_do_too(module: str) -> None:
    outer, room = module.split("/")[:2]

    inner = {
        name.split(".")[2] for name in imported_by(module) if name.startswith(f"quart_app.{outer}.")
    }

    assert inner <= WITHIN[outer][room] | {room}


@pytest.mark.parametrize("module", MODULES)
def test_a_foreign_library_is_imported_only_by_what_speaks_to_it(module: str) -> None:
    foreign = {name.split(".")[0] for name in imported_by(module)} & ONLY_IN.keys()

    assert {name for name in foreign if not module.startswith(ONLY_IN[name])} == set()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_what_it_is_and_stays_small(module: str) -> None:
    text = (PACKAGE / module).read_text()
    tree = ast.parse(text)

    long_functions = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MOST_LINES_IN_A_FUNCTION
    }

    assert not text or ast.get_docstring(tree)
    assert len(text.splitlines()) <= MOST_LINES_IN_A_FILE
    assert long_functions == set()
    assert CATCH_ALLS.isdisjoint(module.removesuffix(".py").split("/"))
