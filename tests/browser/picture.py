"""Makes the picture in README anew: `python -m tests.browser.picture`."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.browser.site import Sites
from tests.browser.visitor import Visitor
from tests.browser.windows import Windows
from tests.browser.words import ENGLISH, FRENCH, Words
from tests.kit.chromium import chromium

PICTURE = Path(__file__).with_name("login.png")
HALF = {"width": 400, "height": 420}


def main() -> None:
    with TemporaryDirectory() as folder, chromium() as browser, Sites.under(Path(folder)) as sites:
        windows = Windows(browser)
        halves = [
            _login_page(windows, sites.url(), ENGLISH, "light"),
            _login_page(windows, sites.url(), FRENCH, "dark"),
        ]
        sheet = windows.open(viewport={**HALF, "width": HALF["width"] * len(halves)})
        sheet.set_content(
            "<style>body { margin: 0; display: flex }</style>"
            + "".join(f'<img src="data:image/png;base64,{half}">' for half in halves)
        )
        sheet.screenshot(path=PICTURE)
        windows.close()


def _login_page(windows: Windows, url: str, words: Words, scheme: str) -> str:
    page = windows.open(words.code, viewport=HALF, color_scheme=scheme)
    visitor = Visitor(page, url, words)
    visitor.go("/login")
    visitor.sees_the_form()
    return b64encode(page.screenshot()).decode()


if __name__ == "__main__":
    main()
