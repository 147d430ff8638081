"""Who serves the same little login, and the same few bytes: ours, and what others use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.served import python, served
from tests.kit.processes import ROOT, Program
from tests.kit.programs import NODE_MODULES, found

APPS = "tests.bench.apps"
_FOLDER = ROOT / "tests" / "bench" / "apps"
_EXPRESS = ("express", "express-session", "connect-redis", "redis", "ejs")


@dataclass(frozen=True, slots=True)
class Contender:
    """A server and the application that it serves; `{port}` is filled in."""

    name: str
    command: tuple[str, ...]
    store: str = "redis"
    settings: tuple[tuple[str, str], ...] = ()
    """Of `quart-app serve`, as it finds them in its environment."""

    @property
    def lacks(self) -> str | None:
        """What has to be done before it can be measured."""
        if self.command[0] != "node":
            return None
        if found("node") is None:
            return "apt-get install nodejs npm"
        if not all((NODE_MODULES / package).is_dir() for package in _EXPRESS):
            return f"npm install --prefix {NODE_MODULES.parent} {' '.join(_EXPRESS)}"
        return None

    @contextmanager
    def serving(self, redis_url: str, folder: Path, *, core: int) -> Iterator[Program]:
        """On this core, with its sessions in a folder of its own, or in Redis."""
        own = self.folder_in(folder)
        environment = {
            "BENCH_REDIS": redis_url,
            "BENCH_STORE": self.store,
            "BENCH_FOLDER": str(own),
            "NODE_ENV": "production",
            "NODE_PATH": str(NODE_MODULES),
            "QUART_SESSION_TYPE": self.store,
            "QUART_SESSION_URI": redis_url,
            "QUART_DATA_DIR": str(own),
            "QUART_KEEP_ALIVE_TIMEOUT": "3600",
            **dict(self.settings),
        }
        with served(self.command, environment=environment, core=core) as server:
            yield server

    def folder_in(self, folder: Path) -> Path:
        """The one of its own."""
        own = folder / self.name.replace(" ", "_").replace(",", "").replace("/", "")
        own.mkdir(exist_ok=True)
        return own


def _hypercorn(app: str) -> tuple[str, ...]:
    return python("-m", "hypercorn", "--bind", "127.0.0.1:{port}", "--worker-class", "uvloop", app)


def _uvicorn(app: str) -> tuple[str, ...]:
    fast = ("--http", "httptools", "--loop", "uvloop")
    quiet = ("--no-access-log", "--log-level", "warning")
    return python("-m", "uvicorn", "--port", "{port}", *fast, *quiet, app)


def _gunicorn(app: str) -> tuple[str, ...]:
    threads = ("-k", "gthread", "--threads", "4")
    return python("-m", "gunicorn", "--bind", "127.0.0.1:{port}", *threads, app)


def _serve(*application: str) -> tuple[str, ...]:
    return python("-m", "quart_app", "serve", *application, "--bind", "127.0.0.1:{port}")


_SERVE = _serve()
_OURS = f"{APPS}.with_our_sessions:app"
_THEIRS = f"{APPS}.with_quart_session:app"
_FLASK = f"{APPS}.with_flask_session:app"
_NODE = ("node", str(_FOLDER / "with_express.js"), "{port}")

ON_FILES = Contender("quart-app serve, files", _SERVE, "filesystem")
ON_REDIS = Contender("quart-app serve, Redis", _SERVE)
CROWDED = Contender("quart-app serve, files, beside resting connections", _SERVE, "filesystem")
LOGGED = Contender(
    "quart-app serve, files, access log", _SERVE, "filesystem", (("QUART_ACCESS_LOG", "text"),)
)
METERED = Contender(
    "quart-app serve, files, metrics",
    _SERVE,
    "filesystem",
    (("QUART_METRICS_BIND", "127.0.0.1:0"),),
)
OWN_PAGE = Contender(
    "quart-app serve, files, an own page and form",
    _serve(f"{APPS}.own_page:with_sessions()"),
    "filesystem",
)
OWN_WITH_LOGIN = Contender(
    "quart-app serve, files, the same page with Login and a check",
    _serve(f"{APPS}.own_page:with_login()"),
    "filesystem",
)
PAGES_ONLY = (LOGGED, METERED, OWN_PAGE, OWN_WITH_LOGIN)
ON_UVICORN = Contender("quart-session on Redis, uvicorn", _uvicorn(_THEIRS))
STARSESSIONS = Contender(
    "starsessions on Redis, uvicorn", _uvicorn(f"{APPS}.with_starsessions:app")
)
EXPRESS = Contender("express-session on Redis, Node", _NODE)
LOGINS = (
    ON_FILES,
    ON_REDIS,
    Contender("our sessions on files, hypercorn", _hypercorn(_OURS), "filesystem"),
    Contender("our sessions on Redis, hypercorn", _hypercorn(_OURS)),
    Contender("our sessions on files, uvicorn", _uvicorn(_OURS), "filesystem"),
    Contender("our sessions on Redis, uvicorn", _uvicorn(_OURS)),
    ON_UVICORN,
    Contender("quart-session on Redis, hypercorn", _hypercorn(_THEIRS)),
    STARSESSIONS,
    EXPRESS,
    Contender("express-session in memory, Node", _NODE, "memory"),
    Contender("Django on Redis, gunicorn", _gunicorn(f"{APPS}.with_django:app")),
    Contender("Flask-Session on Redis, gunicorn", _gunicorn(_FLASK)),
    Contender("Flask-Session on files, gunicorn", _gunicorn(_FLASK), "filesystem"),
)

_TRIVIAL = f"{APPS}.trivial"
_APP = f"{_TRIVIAL}:app"
OUR_FRONT = Contender("our server", python("-m", f"{APPS}.on_ours", _TRIVIAL, "{port}"))
UVICORN = Contender("uvicorn, httptools", _uvicorn(_APP))
GRANIAN = Contender(
    "granian",
    python("-m", "granian", "--interface", "asgi", "--loop", "uvloop", "--port", "{port}", _APP),
)
TRIVIAL = (OUR_FRONT, UVICORN, GRANIAN, Contender("hypercorn", _hypercorn(_APP)))

HYPERCORN = Contender("the same, hypercorn", _hypercorn("quart_app.asgi:app"), "filesystem")

ASKS_PASSWORDS = Contender(
    "quart-app serve", _SERVE, "filesystem", (("QUART_LOGIN_MODE", "password"),)
)
DJANGO_ACCOUNTS = Contender("Django, gunicorn", _gunicorn(f"{APPS}.with_django_accounts:app"))
FLASK_SECURITY = Contender("Flask-Security, gunicorn", _gunicorn(f"{APPS}.with_flask_security:app"))
