"""A list of sessions tells people which device is which."""

from __future__ import annotations

import pytest

from quart_app.sessions.http.device import device_label
from tests.sessions.browser import Browser, CountingStore, put

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"

AGENTS = {
    FIREFOX: "Firefox on Linux",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME}": "Chrome on Windows",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Edg/120.0.0.0": "Edge on Windows",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} OPR/105.0.0.0": "Opera on Windows",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI}": "Safari on macOS",
    f"{IPHONE} Version/17.1 Mobile/15E148 Safari/604.1": "Safari on iPhone",
    f"{IPHONE} CriOS/120.0 Mobile/15E148 Safari/604.1": "Chrome on iPhone",
    f"{IPHONE} FxiOS/120.0 Mobile/15E148 Safari/605.1.15": "Firefox on iPhone",
    f"Mozilla/5.0 (Linux; Android 10; K) {CHROME}": "Chrome on Android",
    f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} SamsungBrowser/23.0": (
        "Samsung Internet on Android"
    ),
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME}": "Chrome on ChromeOS",
    "curl/8.5.0": "curl",
    "python-requests/2.31": "python-requests",
    "": "",
    "🎈 <script>alert(1)</script>": "",
    "Firefox/120.0": "Firefox",
}


@pytest.mark.parametrize(("agent", "label"), AGENTS.items(), ids=AGENTS.values())
def test_a_user_agent_has_a_few_words(agent: str, label: str) -> None:
    assert device_label(agent) == label


def test_a_label_is_short_and_plain_whatever_the_browser_claims() -> None:
    for agent in ("A" * 60_000, "A\r\nSet-Cookie: x", "<b>Firefox/</b> Linux " * 1000):
        assert len(device_label(agent)) <= 40
        assert device_label(agent).isprintable()
        assert "<" not in device_label(agent)


async def test_a_session_remembers_the_device_that_it_began_on(
    browser: Browser, store: CountingStore
) -> None:
    await browser.visit(put(x=1), headers={"User-Agent": FIREFOX})
    await browser.visit(put(x=2), headers={"User-Agent": "curl/8"})

    assert [record.device for record in await store.records()] == ["Firefox on Linux"]
