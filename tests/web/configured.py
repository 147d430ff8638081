"""How a test says with what settings its application is made."""

from __future__ import annotations

from typing import Any

import pytest


def configured(**config: Any) -> pytest.MarkDecorator:
    """The fixture `app`, made with these."""
    return pytest.mark.parametrize("config", [config], ids=["configured"])
