"""The parts of the readme that follow from the code. `python -m tests.readme` writes them anew."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from quart_app.settings import (
    WITHOUT_EFFECT,
    ApplicationSettings,
    LiveSettings,
    ServerSettings,
    SessionSettings,
)

README = Path(__file__).parents[1] / "README.md"
CLASSES = (SessionSettings, ApplicationSettings, LiveSettings, ServerSettings)
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def settings_table() -> str:
    """Every setting with its default and its reason."""
    items = {item.metadata["name"]: item for cls in CLASSES for item in fields(cls)}
    rows = [
        f"| `{name}` | {_shown(name, item.default)} | {item.metadata['reason']} |"
        for name, item in items.items()
    ]
    return "\n".join(["| setting | default | |", "|---|---|---|", *rows])


def without_effect_table() -> str:
    """The names that are accepted for the sake of those who come from elsewhere."""
    rows = [f"| `{name}` | {reason} |" for name, reason in WITHOUT_EFFECT.items()]
    return "\n".join(["| accepted, and without effect | because |", "|---|---|", *rows])


def generated() -> dict[str, str]:
    """What stands between `<!-- NAME -->` and `<!-- /NAME -->`."""
    return {"settings": settings_table(), "without effect": without_effect_table()}


def part(text: str, name: str) -> str:
    """What the readme has there now."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", text, re.DOTALL)
    return found.group(1) if found else ""


def code_blocks(text: str, language: str) -> list[str]:
    """The examples in a language."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def _shown(name: str, default: Any) -> str:
    match default:
        case None | ():
            return "-"
        case timedelta():
            seconds = default.total_seconds()
            size, unit = next(
                ((size, unit) for size, unit in _UNITS if seconds >= size), _UNITS[-1]
            )
            count = seconds / size
            return f"{count:g} {unit}{'' if count == 1 else 's'}"
        case tuple():
            return ", ".join(f"`{name}`" for name in default)
        case int() if name.endswith("_MODE"):
            return f"`{default:#o}`"
        case _:
            return f"`{default}`"


def main() -> None:
    text = README.read_text()
    for name, now in generated().items():
        before, _, rest = text.partition(f"<!-- {name} -->\n")
        after = rest.partition(f"\n<!-- /{name} -->")[2]
        text = f"{before}<!-- {name} -->\n{now}\n<!-- /{name} -->{after}"
    README.write_text(text)


if __name__ == "__main__":
    main()
