"""A colour that can be read: as text on our pages, and as what white is written on."""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass
from typing import Any, Self

# WCAG 2.2, 1.4.3: for text of any size.
LEAST_CONTRAST = 4.5
_COLOR = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)
_STEP = 0.005


@dataclass(frozen=True, slots=True)
class Color:
    """Red, green and blue, each from 0 to 1."""

    red: float
    green: float
    blue: float

    @classmethod
    def read(cls, text: str) -> Self | None:
        """`None` if it is none."""
        if (found := _COLOR.fullmatch(text)) is None:
            return None
        digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
        return cls(*(int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)))

    def __str__(self) -> str:
        return "#" + "".join(
            f"{round(255 * part):02x}" for part in (self.red, self.green, self.blue)
        )

    @property
    def luminance(self) -> float:
        """How bright it looks, as WCAG has it."""
        parts = (self.red, self.green, self.blue)
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(self, other: Color) -> float:
        """From 1, the same, to 21, black on white."""
        darker, lighter = sorted((self.luminance, other.luminance))
        return (lighter + 0.05) / (darker + 0.05)

    def until_it_reads_on(self, ground: Color, *, step: float = _STEP) -> Color:
        """The nearest one of the same hue that can be read there, lighter or darker."""
        hue, light, saturation = colorsys.rgb_to_hls(self.red, self.green, self.blue)
        towards = -step if ground.luminance > 0.18 else step
        found = self
        while found.contrast(ground) < LEAST_CONTRAST and 0 <= light <= 1:
            light += towards
            found = Color(*colorsys.hls_to_rgb(hue, min(max(light, 0), 1), saturation))
            found = Color.read(str(found)) or found  # as it will be written
        return found


# The page itself, in `style.css`, by day and by night. White on the colour can be read too, then.
LIGHT_GROUND = Color(0xF2 / 255, 0xF4 / 255, 0xF7 / 255)
DARK_GROUND = Color(0x19 / 255, 0x1F / 255, 0x27 / 255)


def readable(value: Any) -> Color:
    """The colour. Raises `ValueError`, which names the nearest one that can be read."""
    color = Color.read(value) if isinstance(value, str) else None
    if color is None:
        raise ValueError("a colour such as '#1a5496'")
    if color.contrast(LIGHT_GROUND) < LEAST_CONTRAST:
        nearest = color.until_it_reads_on(LIGHT_GROUND)
        raise ValueError(
            f"{str(nearest)!r}, the nearest colour that can be read (its contrast is "
            f"{color.contrast(LIGHT_GROUND):.1f}, and {LEAST_CONTRAST} is needed)"
        )
    return color
