"""When somebody logged in is told so that it is true wherever the page is read."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import NewVisitor

TIME = "document.querySelector('time')"
# Its offset is no whole hour, and it has no summer.
KATHMANDU = "Asia/Kathmandu"
AS_IN_KATHMANDU = f"""[
    {TIME}.textContent,
    new Intl.DateTimeFormat({TIME}.closest("[lang]").lang, {{
        dateStyle: "medium", timeStyle: "short", timeZone: "{KATHMANDU}"
    }}).format(new Date({TIME}.dateTime)),
]"""


def test_it_is_the_time_of_the_visitors_own_zone(new_visitor: NewVisitor) -> None:
    visitor = new_visitor(timezone_id=KATHMANDU)
    visitor.log_in(path="/login?next=/user")

    shown, expected = visitor.page.evaluate(AS_IN_KATHMANDU)

    assert shown == expected
    assert re.fullmatch(r"[^:]*\d+:\d\d[^:]*", shown), "seconds are of no use"


@pytest.mark.parametrize("zone", [KATHMANDU, "UTC"])
def test_without_a_script_it_is_told_from_now(new_visitor: NewVisitor, zone: str) -> None:
    visitor = new_visitor(timezone_id=zone, java_script_enabled=False)
    visitor.log_in(path="/login?next=/user")

    shown = visitor.page.locator("time").text_content()

    assert shown == visitor.words.a_minute_ago
