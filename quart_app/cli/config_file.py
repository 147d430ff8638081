"""The file that `--config` names: TOML, with the settings' own names."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from quart_app.errors import ConfigurationError
from quart_app.settings.names import no_setting, unknown


def read(path: Path) -> dict[str, Any]:
    """The settings in it. Raises `ConfigurationError` for what is no setting, too: nothing but ours
    belongs there."""
    try:
        with path.open("rb") as file:
            found = tomllib.load(file)
    except OSError as exc:
        raise ConfigurationError(
            f"{path} cannot be read ({exc.strerror}): set --config to a TOML file"
        ) from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"{path} is no TOML ({exc}): correct it") from exc
    settings = {name.upper(): value for name, value in found.items()}
    for name, meant in unknown(settings).items():
        raise ConfigurationError(f"{path}: {no_setting(name, meant)}")
    return settings
