"""Finds every text that the pages say. `python -m tests.catalogues` adds new ones to the
catalogues, for translators to fill in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

TOP = Path(__file__).parents[1]
LOCALES = TOP / "quart_app" / "locales"
# One that the package does not ship: it is written from right to left, and counts in six ways.
ARABIC = TOP / "tests" / "locales"
_KEYWORDS = {"_": None, "translatable": None, "ngettext": (1, 2), "translatable_many": (1, 2)}


def texts() -> Iterator[tuple[str | tuple[str, ...], str]]:
    """Each text and the file that says it."""
    in_templates = [("**.html", "jinja2")]
    for file, _, text, *_ in extract_from_dir(TOP / "templates", in_templates, keywords=_KEYWORDS):
        yield text, f"templates/{file}"
    in_code = [("**.py", "python")]
    for room in ("login", "web"):
        folder = TOP / "quart_app" / room
        for file, _, text, *_ in extract_from_dir(folder, in_code, keywords=_KEYWORDS):
            yield text, f"quart_app/{room}/{file}"


def written(folder: Path, code: str, text: str) -> Path:
    """A catalogue of one's own, where `LOCALE_DIR` has it."""
    path = folder / code / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def catalogue_paths() -> list[Path]:
    """Those of all languages."""
    return [
        path
        for folder in (LOCALES, ARABIC)
        for path in sorted(folder.glob("*/LC_MESSAGES/messages.po"))
    ]


def read(path: Path) -> Catalog:
    """One language's."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def main() -> None:
    found = Catalog()
    for text, file in texts():
        found.add(text, locations=[(file, 0)])
    for path in catalogue_paths():
        catalogue = read(path)
        catalogue.update(found, no_fuzzy_matching=True)
        with path.open("wb") as written:
            write_po(written, catalogue, width=100, omit_header=False, include_lineno=False)


if __name__ == "__main__":
    main()
