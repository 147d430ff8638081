"""Files for what stands around the server, with the settings in force filled in."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from quart_app.cli import logs
from quart_app.cli.in_force import DEFAULT, IMPLIED, InForce, config_in_force, in_force
from quart_app.cli.intent import LOOPBACK_NAMES, Intent
from quart_app.cli.outage_pages import languages
from quart_app.cli.output import put
from quart_app.cli.target import application, folder_of
from quart_app.login.paths import Paths
from quart_app.scope import App
from quart_app.settings import AccountsSettings, ApplicationSettings, LoginSettings
from quart_app.settings.names import OF_THE_SERVER

# What is printed, and from which file.
EXAMPLES = {
    "caddy": ("quart_app.cli.examples", "Caddyfile"),
    "container": ("quart_app.cli.examples", "Containerfile"),
    "grafana": ("quart_app.observing", "dashboard.json"),
    "nginx": ("quart_app.cli.examples", "nginx.conf"),
    "systemd": ("quart_app.cli.examples", "quart-app.service"),
}
_DOLLAR = "\\$"
_HOST = "login.example.org"
_EVERYWHERE = ("0.0.0.0", "[::]")  # noqa: S104 - to find who listens so
# These are not as they are here.
_OWN_PLACE = ("BIND", "DATA_DIR")
_FOLDERS = {"systemd": "%S/quart-app", "container": "/var/lib/quart-app"}


def show(name: str, intent: Intent) -> int:
    """Print one; the exit status. Raises `ConfigurationError`."""
    logs.keep_quiet()
    package, file = EXAMPLES[name]
    text = resources.files(package).joinpath(file).read_text()
    for marker, value in _filled_in(name, intent, application(intent)).items():
        text = text.replace(f"@{marker}@", value)
    put(*text.splitlines())
    return 0


def _filled_in(name: str, intent: Intent, app: App) -> dict[str, str]:
    config = config_in_force(intent, app)
    settings = ApplicationSettings.from_config(config)
    hosts = [host for host in settings.trusted_hosts if host not in LOOPBACK_NAMES]
    host = next((host for host in hosts if not host.startswith(".")), _HOST)
    codes = [code for code in languages(config) if code != settings.default_language]
    target = intent.target
    return {
        "BIND": _reached_at(intent) if name != "caddy" else _in_caddys_words(_reached_at(intent)),
        "PORT": _port(intent),
        "HOST": host,
        "PROGRAM": shutil.which("quart-app", path=str(Path(sys.prefix, "bin"))) or "quart-app",
        "TARGET": f" {target}" if target else "",
        "TARGET_ITEM": f", {json.dumps(target)}" if target else "",
        # An application of one's own need not have the other.
        "HEALTH_PATH": "/" if target else "/healthz",
        "MAX_CONTENT_LENGTH": str(settings.max_content_length),
        "KEEP_ALIVE_TIMEOUT": f"{intent.server.keep_alive_timeout.total_seconds():g}",
        "LOGIN_PATH": Paths(LoginSettings.from_config(config).prefix).login,
        "LANGUAGE": settings.default_language,
        "LANGUAGES": "\n".join(f"    ~*^{code} {code};" for code in codes),
        "ENVIRONMENT": "\n".join(_environment(name, intent, app, host)),
        "FOLDER": f"WorkingDirectory={_doubled(str(folder_of(target)))}\n" if target else "",
        "COPY": f"# COPY the code of {target} too, and name its folder with WORKDIR.\n"
        if target
        else "",
        "EXTRAS": ",".join(_extras(config)),
    }


def _reached_at(intent: Intent) -> str:
    """By a proxy on the same machine."""
    bind = intent.server.bind[0]
    host, _, port = bind.rpartition(":")
    return f"127.0.0.1:{port}" if host in _EVERYWHERE else bind


def _in_caddys_words(bind: str) -> str:
    return bind.replace("unix:", "unix/", 1)


def _port(intent: Intent) -> str:
    """Of a server in a container: a socket that is a file is of no use there."""
    port = intent.server.bind[0].rpartition(":")[2]
    return port if port.isdigit() else "8000"


def _extras(config: Mapping[str, Any]) -> Iterable[str]:
    """Of this package, as far as settings ask for them."""
    login, accounts = LoginSettings.from_config(config), AccountsSettings.from_config(config)
    if login.mode == "password" or login.guesses == "accounts":
        yield "accounts"
    yield "metrics"
    if (accounts.database_url or "").startswith("postgresql"):
        yield "postgresql"
    yield from ("redis", "uvloop")


def _environment(name: str, intent: Intent, app: App, host: str) -> Iterable[str]:
    """What a server behind a proxy needs, and what is in force besides."""
    values = {
        "BIND": f"0.0.0.0:{_port(intent)}" if name == "container" else _reached_at(intent),
        "WORKERS": "2",
        "DATA_DIR": _FOLDERS.get(name, ""),
        "TRUSTED_HOSTS": host,
        "TRUSTED_PROXIES": "127.0.0.1",
        "SESSION_COOKIE_NAME": "__Host-session",
        "SESSION_COOKIE_SECURE": "true",
    }
    secrets = []
    for each in in_force(intent, app):
        is_said = each.origin not in (DEFAULT, IMPLIED, "the application")
        # Not for files that many can read: they go into one of their own, or stay where they are.
        if is_said and each.is_secret:
            secrets.append(f"QUART_{each.name}=…")
        elif is_said and each.name not in _OWN_PLACE:
            values[each.name] = _written(each, intent)
    its_own = {} if intent.target is None else values.keys() - OF_THE_SERVER
    yield from (_line(name, each, values[each]) for each in values if each not in its_own)
    if its_own:
        yield f"# For {intent.target}, if it calls app.config.from_prefixed_env()"
        yield from (_line(name, each, values[each]) for each in values if each in its_own)
    if secrets and name == "systemd":
        yield f"# Of mode 0600, with {', '.join(secrets)}"
        yield "EnvironmentFile=/etc/quart-app.secrets"
    elif secrets:
        yield f"# For podman run --env: {', '.join(secrets)}"


def _line(name: str, setting: str, value: str) -> str:
    if name == "systemd":
        doubled = value if setting in _OWN_PLACE else _doubled(value)
        return f"Environment={_quoted(f'QUART_{setting}={doubled}')}"
    return f"ENV QUART_{setting}={_quoted(value.replace('$', _DOLLAR))}"


def _doubled(value: str) -> str:
    return value.replace("%", "%%")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if set(text) & set(" \"'") else text


def _written(each: InForce, intent: Intent) -> str:
    """As it stands in the environment."""
    value = intent.config[each.name]
    return value if isinstance(value, str) else json.dumps(value, default=str)
