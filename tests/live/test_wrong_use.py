"""What cannot work says so in one line that names the cure."""

from __future__ import annotations

from typing import Any

import pytest
from quart import Quart

from quart_app.errors import ConfigurationError
from quart_app.live import Live

NOT_YET = r"call init_app\(app\) first"


async def test_one_without_an_application_says_what_is_missing() -> None:
    live = Live()

    with pytest.raises(ConfigurationError, match=NOT_YET):
        await live.publish("ada", "news")
    with pytest.raises(ConfigurationError, match=NOT_YET):
        live.signed_in()
    with pytest.raises(ConfigurationError, match=NOT_YET):
        _ = live.path


def test_an_application_has_one(app: Quart, live: Live) -> None:
    with pytest.raises(ConfigurationError, match="its Live already: use that one"):
        Live(app)


async def test_news_are_a_text(live: Live) -> None:
    data: Any = {"unread": 3}

    with pytest.raises(TypeError, match=r"news are a text, and this is a dict: json\.dumps"):
        await live.publish("ada", data)


async def test_the_same_for_one_session(live: Live) -> None:
    data: Any = None

    with pytest.raises(TypeError, match="news are a text, and this is a NoneType"):
        await live.publish_to_session("0" * 64, data)
