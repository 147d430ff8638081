"""What options, environment and a file ask for, before there is an application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from quart.config import Config

from quart_app.cli.config_file import read
from quart_app.errors import ConfigurationError
from quart_app.server import Address
from quart_app.settings import ObservingSettings, ServerSettings
from quart_app.settings.application import HSTS
from quart_app.settings.environment import take_environment
from quart_app.settings.names import unknown

NAME = "name"
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


class NeedsOpen(ConfigurationError):
    """Other machines could reach a login that asks for no password, and `--open` was not given."""

    exit_status = 2  # as for any other wrong use of an option


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says. A target is `module:app`, an application of the operator's."""

    target: str | None = None
    bind: tuple[str, ...] = ()
    is_open: bool = False
    workers: int | None = None
    is_supervised: bool = False
    data_dir: str | None = None
    config_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """How an application is to be served: what each source says, and by what it is reached."""

    address: Address
    is_open: bool
    target: str | None
    options: Mapping[str, Any]
    environment: Mapping[str, Any]
    file: Mapping[str, Any]
    file_name: str | None
    implied: Mapping[str, Any]
    """What `serve` does where nothing else says so."""

    @classmethod
    def of(cls, asked: Asked, *, address: Address | None = None) -> Self:
        """The address is one that this process has been given. Raises `ConfigurationError`."""
        file = read(Path(asked.config_file)) if asked.config_file else {}
        environment = Config("")
        take_environment(environment)
        said = {**file, **environment}
        binds = ServerSettings.from_config({"BIND": asked.bind or said.get("BIND")}).bind
        address = address or Address.passed() or Address.of(*binds)
        options: dict[str, Any] = {}
        if asked.bind:
            options["BIND"] = list(asked.bind)
        if asked.workers is not None:
            options["WORKERS"] = asked.workers
        if asked.is_supervised:
            options["SUPERVISED"] = True
        if asked.data_dir is not None:
            options["DATA_DIR"] = str(Path(asked.data_dir).absolute())
        is_ours = asked.target is None
        implied: dict[str, Any] = {"HSTS": HSTS} if is_ours and "HSTS" not in said else {}
        is_for_us = address.is_loopback and not asked.is_open
        if is_ours and is_for_us and "TRUSTED_HOSTS" not in said:
            # Otherwise any page on the web reaches this server through its visitor's browser, under
            # a name of its own that it lets point to 127.0.0.1.
            implied["TRUSTED_HOSTS"] = [*dict.fromkeys((*LOOPBACK_NAMES, *address.hosts))]
        return cls(
            address=address,
            is_open=asked.is_open,
            target=asked.target,
            options=options,
            environment=environment,
            file=file,
            file_name=asked.config_file,
            implied=implied,
        )

    @property
    def config(self) -> dict[str, Any]:
        """All of it: options win over the environment, that over the file."""
        return {**self.implied, **self.file, **self.environment, **self.options}

    @property
    def server(self) -> ServerSettings:
        """Raises `ConfigurationError`."""
        return ServerSettings.from_config(self.config)

    @property
    def observing(self) -> ObservingSettings:
        """Raises `ConfigurationError`."""
        return ObservingSettings.from_config(self.config)

    @property
    def unknown_names(self) -> Mapping[str, str | None]:
        """Those in the environment that are no setting, each with the one that may be meant. An
        operator's own application may have settings of its own."""
        found = unknown(self.environment)
        return {name: meant for name, meant in found.items() if meant or self.target is None}

    @property
    def believes_any_name(self) -> bool:
        """Whether it is our own login, and whoever reaches it can sign in under any name."""
        return self.target is None and (self.config.get("LOGIN_MODE") or NAME) == NAME

    def require_open(self) -> None:
        """Raises `NeedsOpen` if other machines could reach a login that believes any name, without
        `--open`."""
        if self.believes_any_name:
            self.require_open_for_names()

    def require_open_for_names(self) -> None:
        """The same, for an application that is known to believe any name."""
        if not (self.is_open or self.address.is_loopback):
            raise NeedsOpen(
                f"{self.address.bind} can be reached from other machines, and this login lets "
                "anybody sign in under any name: add --open if that is meant, or bind to 127.0.0.1"
            )
