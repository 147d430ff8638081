"""Somebody who reads one language, in front of one site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.words import Words, other_than

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


class Visitor:
    """Finds things on the page as people do: by what is written on them."""

    def __init__(self, page: Page, url: str, words: Words) -> None:
        self.page = page
        self.url = url
        self.words = words

    @property
    def name_field(self) -> Locator:
        """Where the name is typed."""
        return self.page.get_by_label(self.words.name, exact=True)

    def go(self, path: str) -> None:
        """Type an address."""
        self.page.goto(f"{self.url}{path}")

    def go_back(self) -> None:
        """The browser's own button. Chromium loads the page again, or shows one that it kept."""
        self.page.go_back(wait_until="commit")

    def press(self, button: str) -> None:
        """Press a button, and wait for the page that comes of it."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button, exact=True).click()

    def log_in(self, name: str = "Ada", *, path: str = "/login") -> None:
        """By the form."""
        self.go(path)
        self.name_field.fill(name)
        self.press(self.words.log_in_button)

    def gives_password(self, name: str, password: str) -> None:
        """By the form, where it asks for one."""
        self.name_field.fill(name)
        self.page.get_by_label(self.words.password, exact=True).fill(password)
        self.press(self.words.log_in_button)

    def sets_password(self, current: str, new: str) -> None:
        """By the form for a new one."""
        self.page.get_by_label(self.words.current_password, exact=True).fill(current)
        self.page.get_by_label(self.words.new_password, exact=True).fill(new)
        self.press(self.words.set_new_password)

    def log_out(self) -> None:
        """By the button."""
        self.press(self.words.log_out)

    def sees(self, text: str) -> None:
        """Fails if it does not show soon."""
        self.page.get_by_text(text).wait_for()

    def sees_who_is_signed_in(self, name: str = "Ada") -> None:
        """Fails unless home says so."""
        self.page.get_by_text(self.words.signed_in(name), exact=True).wait_for()

    def sees_the_form(self) -> None:
        """Fails unless one is asked to log in, and nothing tells of anybody."""
        self.page.get_by_role("heading", name=self.words.log_in, exact=True).wait_for()
        assert "Ada" not in self.page.content()

    def switch_language(self) -> None:
        """By the button that is written in the other language."""
        self.words = other_than(self.words)
        self.press(self.words.own_name)

    def other_tab(self) -> Visitor:
        """The same browser, one more tab."""
        return Visitor(self.page.context.new_page(), self.url, self.words)
