"""A site's own colour and logo, as static files beside ours."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from pathlib import Path

from quart_app.errors import ConfigurationError
from quart_app.settings import LoginSettings
from quart_app.settings.colors import DARK_GROUND, LEAST_CONTRAST, Color

STYLE = "site.css"
MOST_BYTES = 256 * 1024
_KINDS = (".svg", ".png", ".jpg", ".jpeg", ".webp")
_ON_ACCENT = (Color(1, 1, 1), Color(0x0C / 255, 0x1A / 255, 0x2A / 255))
_HOVER = 0.8


def made(settings: LoginSettings) -> dict[str, bytes]:
    """The files by their names. Raises `ConfigurationError`."""
    files = {}
    if settings.site_color is not None:
        files[STYLE] = _style(settings.site_color).encode()
    if settings.site_logo is not None:
        files[logo_name(settings.site_logo)] = _logo(settings.site_logo)
    return files


def logo_name(path: Path) -> str:
    """What a logo is called beside ours."""
    return f"logo{path.suffix.lower()}"


def _style(color: Color) -> str:
    by_night = color.until_it_reads_on(DARK_GROUND)
    day = _rule(color, hover=_with_light(color, _HOVER))
    night = _rule(by_night, hover=_with_light(by_night, 1 / _HOVER))
    return f"{day}@media (prefers-color-scheme: dark) {{\n{night}}}\n"


def _rule(accent: Color, *, hover: Color) -> str:
    best = max(_ON_ACCENT, key=lambda each: min(each.contrast(accent), each.contrast(hover)))
    on_accent = best.until_it_reads_on(accent) if best.contrast(accent) < LEAST_CONTRAST else best
    values: Mapping[str, Color] = {"accent": accent, "accent-hover": hover, "on-accent": on_accent}
    return (
        ":root {\n" + "".join(f"  --{name}: {value};\n" for name, value in values.items()) + "}\n"
    )


def _with_light(color: Color, factor: float) -> Color:
    hue, light, saturation = colorsys.rgb_to_hls(color.red, color.green, color.blue)
    return Color(*colorsys.hls_to_rgb(hue, min(light * factor, 1), saturation))


def _logo(path: Path) -> bytes:
    if path.suffix.lower() not in _KINDS:
        raise ConfigurationError(
            f"SITE_LOGO is {str(path)!r}: set it to one of {', '.join(_KINDS)}"
        )
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
    except OSError as exc:
        raise ConfigurationError(
            f"SITE_LOGO is {str(path)!r}, which cannot be read: {exc.strerror}"
        ) from exc
    if len(body) > MOST_BYTES:
        raise ConfigurationError(f"SITE_LOGO is {str(path)!r}: make it smaller than 256 kB")
    return body
