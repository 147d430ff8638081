"""Writes a catalogue for a translator to fill in."""

from __future__ import annotations

from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from quart_app.errors import ConfigurationError
from quart_app.web import resources
from quart_app.web.catalogues import FILE, read_catalogue


def write_catalogue(code: str, folder: Path) -> Path:
    """Where it lies: with all texts of the pages, and with the translations that it has already.
    Raises `ConfigurationError`."""
    try:
        locale = Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        raise ConfigurationError(f"there is no language {code!r}: say it as de or pt_BR") from None
    path = folder / str(locale) / FILE
    catalogue = read_catalogue(path) if path.exists() else Catalog(locale)
    # Not `update`, which takes out what an application says of its own.
    for message in read_catalogue(resources.LOCALES / "en" / FILE):
        if message.id not in catalogue:
            catalogue.add(message.id, locations=message.locations)
    written = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written.open("wb") as file:
            write_po(file, catalogue, width=100, include_lineno=False)
        written.replace(path)
    except OSError as exc:
        raise ConfigurationError(
            f"{path} cannot be written ({exc.strerror}): name another folder"
        ) from exc
    return path
