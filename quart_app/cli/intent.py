"""What options and environment ask for, before there is an application."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from quart.config import Config

from quart_app.errors import ConfigurationError
from quart_app.server import Address
from quart_app.settings import ServerSettings, SessionSettings

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


class NeedsOpen(ConfigurationError):
    """Other machines could reach a login that asks for no password, and `--open` was not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """How the application is to be served; `config` is for `create_app`."""

    address: Address
    is_open: bool
    verbosity: int
    environment: Mapping[str, Any]
    config: Mapping[str, Any]

    @classmethod
    def of(cls, asked: argparse.Namespace, *, address: Address | None = None) -> Self:
        """The address is one that this process has been given. Raises `ConfigurationError`."""
        environment = Config("")
        environment.from_prefixed_env()
        bind = asked.bind or environment.get("BIND")
        binds = ServerSettings.from_config({"BIND": bind}).bind
        address = address or Address.passed() or Address.of(*binds)
        config: dict[str, Any] = {"BIND": list(binds)}
        if asked.workers is not None:
            config["WORKERS"] = asked.workers
        if asked.supervised:
            config["SUPERVISED"] = True
        if asked.data_dir is not None:
            config["DATA_DIR"] = str(Path(asked.data_dir).absolute())
        if address.is_loopback and not asked.open and "TRUSTED_HOSTS" not in environment:
            # Otherwise any page on the web reaches this server through its visitor's browser, under
            # a name of its own that it lets point to 127.0.0.1.
            config["TRUSTED_HOSTS"] = [*dict.fromkeys((*LOOPBACK_NAMES, *address.hosts))]
        return cls(
            address=address,
            is_open=asked.open,
            verbosity=asked.verbose,
            environment=environment,
            config=config,
        )

    @property
    def believes_any_name(self) -> bool:
        """Whether whoever reaches it can sign in under any name."""
        return (self.environment.get("LOGIN_MODE") or "name") == "name"

    def require_open(self) -> None:
        """Raises `NeedsOpen` if other machines could reach a login that believes any name, without
        `--open`."""
        if self.believes_any_name and not (self.is_open or self.address.is_loopback):
            raise NeedsOpen(
                f"{self.address.bind} can be reached from other machines, and this login lets "
                "anybody sign in under any name: add --open if that is meant, or bind to 127.0.0.1"
            )

    def require_shared_sessions(self) -> None:
        """Raises `ConfigurationError`."""
        config = {**self.environment, **self.config}
        workers = ServerSettings.from_config(config).workers
        if workers > 1 and SessionSettings.from_config(config).type == "memory":
            raise ConfigurationError(
                "SESSION_TYPE is memory, which workers do not share: set it to filesystem, or "
                "WORKERS to 1"
            )
