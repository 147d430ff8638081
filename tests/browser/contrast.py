"""How much two colours differ, as WCAG 2 measures it; axe-core does so for text only."""

from __future__ import annotations

import re

_WEIGHTS = (0.2126, 0.7152, 0.0722)


def contrast(one: str, other: str) -> float:
    """From 1, the same, to 21, black on white; both as browsers compute them, `rgb(1, 2, 3)`."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    found = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
    assert found is not None, f"not a solid colour: {colour}"
    parts = (_linear(int(part) / 255) for part in found.groups())
    return sum(weight * part for weight, part in zip(_WEIGHTS, parts, strict=True))


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
