"""Opens windows that share nothing, and listens to what Chromium complains of in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

PATIENCE_MS = 15_000
_TELL_OF_VIOLATIONS = """
addEventListener("securitypolicyviolation", event =>
    console.error("against the policy", event.violatedDirective, event.blockedURI))
"""


class Windows:
    """Those of one test."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._open: list[BrowserContext] = []
        self._visited: set[str] = set()
        self.complaints: list[str] = []

    def open(self, language: str = "en", **options: Any) -> Page:
        """The first tab of a browser without any past, set to that language."""
        context = self._browser.new_context(locale=language, **options)
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(_TELL_OF_VIOLATIONS)
        context.on("request", self._remember)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self._open.append(context)
        return context.new_page()

    def close(self) -> None:
        """All of them."""
        for context in self._open:
            context.close()

    def _remember(self, request: Request) -> None:
        if request.is_navigation_request():
            self._visited.add(request.url)

    def _hear(self, message: ConsoleMessage) -> None:
        # The rest is Chromium's diary: our pages have no scripts that could speak.
        is_complaint = message.type in ("error", "warning")
        if is_complaint and not self._is_status_of_a_page(message):
            self.complaints.append(f"{message.type}: {message.text}")

    def _is_status_of_a_page(self, message: ConsoleMessage) -> bool:
        # Chromium says so of each page that comes with 400 or more, as ours do on purpose.
        is_status = message.text.startswith("Failed to load resource: the server responded")
        return is_status and message.location["url"] in self._visited
