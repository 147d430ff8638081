"""What the pages of documentation say is so."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest

from quart_app.testing import FakeClock
from tests.readme import PAGES, README, TOP, anchors, code_blocks, generated, links, part

TEXT = README.read_text()
MOST_LINES = 250
TOLD = {str(page.relative_to(TOP)): page.read_text() for page in PAGES}
EXAMPLES = [
    pytest.param(source, id=f"{page} {number}")
    for page, text in TOLD.items()
    for number, source in enumerate(code_blocks(text, "python"), 1)
]


@pytest.mark.parametrize("name", generated())
def test_the_tables_are_those_of_the_code(name: str) -> None:
    page, now = generated()[name]

    assert part(page.read_text(), name) == now, "run python -m tests.readme"


def test_the_first_page_stays_short() -> None:
    assert len(TEXT.splitlines()) <= MOST_LINES


def test_the_first_example_has_sixteen_lines() -> None:
    first, *_ = code_blocks(TEXT, "python")

    assert len([line for line in first.splitlines() if line.strip()]) == 16


async def test_the_first_example_signs_in_and_out_and_keeps_its_files_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "example.py").write_text(code_blocks(TEXT, "python")[0])
    monkeypatch.syspath_prepend(tmp_path)
    app = importlib.import_module("example").app
    monkeypatch.delitem(sys.modules, "example")
    browser = app.test_client()

    before = await (await browser.get("/")).get_data(as_text=True)
    posted = await browser.post("/", form={"name": "Ada"})
    signed_in = await (await browser.get("/")).get_data(as_text=True)
    await browser.get("/logout")
    after = await (await browser.get("/")).get_data(as_text=True)
    await app.session_interface.close()

    assert "<form" in before
    assert (posted.status_code, posted.headers["location"]) == (302, "/")
    assert "Ada" in signed_in
    assert after == before
    assert (tmp_path / "instance/sessions/records").is_dir()


@pytest.mark.parametrize("source", EXAMPLES)
def test_every_example_is_python(source: str) -> None:
    # Examples may await at the top, as the handlers that they are taken from do.
    body = "".join(f"    {line}\n" for line in source.splitlines())
    compile(f"async def example():\n{body}", "readme", "exec")


@pytest.mark.parametrize("page", TOLD)
def test_every_link_leads_somewhere(page: str) -> None:
    for link in links(TOLD[page]):
        path, _, anchor = link.partition("#")
        target = (TOP / page).parent / path if path else TOP / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text()), link


def test_every_room_has_its_line() -> None:
    package = TOP / "quart_app"
    rooms = [
        init.parent
        for init in (*package.glob("*/__init__.py"), *package.glob("sessions/*/__init__.py"))
    ]

    told = TOLD["quart_app/README.md"]
    assert [room for room in rooms if f"| `{room.relative_to(package)}/` |" not in told] == []


def test_every_command_named_exists() -> None:
    modules = set(re.findall(r"python -m (tests[.\w]*)", "\n".join(TOLD.values())))

    assert {"tests.bench", "tests.promises"} <= modules
    for module in modules:
        path = TOP / module.replace(".", "/")
        assert (path / "__main__.py").exists() or path.with_suffix(".py").exists()


@pytest.mark.parametrize("page", TOLD)
def test_every_file_named_exists(page: str) -> None:
    named = re.findall(r"`((?:tests|quart_app|static|templates)/[\w/.]+)`", TOLD[page])

    # CODE is that of any language.
    assert [path for path in named if not (TOP / path.replace("CODE", "fr")).exists()] == []


def test_the_clock_of_the_testing_section_turns() -> None:
    clock = FakeClock()
    before = clock()

    clock.advance(minutes=31)

    assert clock() == before + 31 * 60
