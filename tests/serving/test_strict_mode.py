"""Nothing is left open, unawaited or unsaid when Python itself looks closely."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.processes import python
from tests.kit.servers import configured, serving

STRICT = {"PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1", "PYTHONASYNCIODEBUG": "1"}


def test_a_script_that_neither_starts_nor_stops_its_application_ends_without_a_word(
    place: dict[str, Any],
) -> None:
    environment = {**STRICT, **configured(place)}

    script = python("-m", "tests.serving.programs.burst", "ada", "grace", environment=environment)

    assert script.stderr == ""
    assert script.stdout == "ada: 1\ngrace: 1\n"
    assert script.returncode == 0


@pytest.mark.parametrize("server", ["hypercorn", "uvicorn"])
def test_a_server_that_is_stopped_ends_without_a_complaint_of_python(
    server: str, place: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**STRICT, "PYTHONWARNINGS": "default"}.items():
        monkeypatch.setenv(name, value)
    with serving(server, config=place) as program, program.client() as browser:
        browser.post("/login", data={"name": "ada"})
        browser.post("/notes", data={"note": "one"})
        seen = browser.get("/").json()

        program.stopped()

        assert seen["notes"] == ["one"]
        assert "Warning" not in program.said
        assert "Traceback" not in program.said
