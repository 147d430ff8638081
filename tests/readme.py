"""The pages of documentation, and their parts that follow from the code.
`python -m tests.readme` writes those parts anew."""

from __future__ import annotations

import re
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from dataclasses import fields
from datetime import timedelta
from inspect import CO_COROUTINE
from pathlib import Path
from textwrap import indent
from typing import Any

from quart_app.settings import WITHOUT_EFFECT
from quart_app.settings.names import CLASSES

TOP = Path(__file__).parents[1]
README = TOP / "README.md"
SETTINGS = TOP / "quart_app/settings/README.md"
SESSIONS = TOP / "quart_app/sessions/README.md"
SERVER = TOP / "quart_app/server/README.md"
PAGES = (
    *(README, TOP / "tests/README.md"),
    *sorted((TOP / ".github").glob("*.md")),
    *sorted((TOP / "quart_app").rglob("README.md")),
)
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


def generated() -> dict[str, tuple[Path, str]]:
    """What stands between `<!-- NAME -->` and `<!-- /NAME -->`, and on which page."""
    return {
        "settings": (SETTINGS, settings_table()),
        "without effect": (SESSIONS, without_effect_table()),
    }


def part(text: str, name: str) -> str:
    """What a page has there now."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", text, re.DOTALL)
    return found.group(1) if found else ""


def with_part(text: str, name: str, now: str) -> str:
    """The page with this there."""
    before, _, rest = text.partition(f"<!-- {name} -->\n")
    after = rest.partition(f"\n<!-- /{name} -->")[2]
    return f"{before}<!-- {name} -->\n{now}\n<!-- /{name} -->{after}"


def code_blocks(text: str, language: str) -> list[str]:
    """The examples in a language."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def programs(text: str, *, before: str = "") -> list[str]:
    """The examples in Python, put together: each that makes an application begins a program, and
    what follows goes on with it. What awaits is the function `example…`, as it is part of one where
    it comes from."""
    put_together: list[str] = []
    for number, block in enumerate(code_blocks(text, "python"), 1):
        if "Quart(__name__)" in block or not put_together:
            put_together.append(before)
        awaits = compile(block, "", "exec", PyCF_ALLOW_TOP_LEVEL_AWAIT).co_flags & CO_COROUTINE
        head = f"async def example{number}() -> None:\n" if awaits else ""
        put_together[-1] += f"\n\n{head}{indent(block, '    ') if awaits else block}"
    return put_together


def links(text: str) -> list[str]:
    """Where the links of a page lead that stay in the project."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return [to for to in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in to]


def anchors(text: str) -> set[str]:
    """What a link to a heading of a page may say behind its `#`."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.M)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


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
    for name, (page, now) in generated().items():
        page.write_text(with_part(page.read_text(), name, now))


if __name__ == "__main__":
    main()
