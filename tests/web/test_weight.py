"""No page is heavy, with all that it brings along: for a phone in a train."""

from __future__ import annotations

import re

import httpx
import pytest

MOST_BYTES = 20_000
BROUGHT = re.compile(r'<(?:link rel="(?:stylesheet|icon)"|script|img)[^>]* (?:href|src)="([^"]+)"')


@pytest.mark.parametrize("path", ["/", "/user", "/logout", "/nothing"])
async def test_a_page_weighs_little(ada: httpx.AsyncClient, path: str) -> None:
    # A visit to /logout that is no click on a page of ours only asks.
    page = await ada.get(path, headers={"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"})
    brought = sorted(set(BROUGHT.findall(page.text)))
    answers = [await ada.get(address) for address in brought]

    assert len(brought) >= 2
    assert {answer.status_code for answer in answers} == {200}
    assert len(page.content) + sum(len(answer.content) for answer in answers) <= MOST_BYTES


async def test_the_form_weighs_little(visitor: httpx.AsyncClient) -> None:
    page = await visitor.get("/login")
    answers = [await visitor.get(address) for address in set(BROUGHT.findall(page.text))]

    assert len(answers) >= 2
    assert len(page.content) + sum(len(answer.content) for answer in answers) <= MOST_BYTES
