"""A log line says what happened, and a visitor cannot write one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from io import StringIO

import pytest
from quart import Quart, request

from quart_app.cli.logs import LineFormatter, UntilStarted
from quart_app.cli.output import escaped
from quart_app.errors import ConfigurationError

Log = tuple[logging.Logger, StringIO]


def logger(*, for_a_person: bool = False) -> Log:
    log, stream = logging.Logger("test"), StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter(for_a_person=for_a_person))
    log.addHandler(handler)
    return log, stream


def test_a_line_has_time_level_logger_message_and_fields() -> None:
    log, stream = logger()

    log.warning("session %s", "refused", extra={"key": "ab12", "reason": "two values"})

    time, _, rest = stream.getvalue().partition(" ")
    assert time.endswith("+00:00")
    assert rest == 'WARNING test: session refused key=ab12 reason="two values"\n'


NASTY = [
    "a\nb",
    "a\r\nb",
    "a\x1b[2Jb",
    "a\x00b",
    "a\x7fb",
    "a\x85b",
    "a\u2028b",
    "a\u202eb",
    "\udc80",
]


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize(
    "write",
    [
        lambda log, text: log.warning(text),
        lambda log, text: log.warning("said %s", text),
        lambda log, text: log.warning("said", extra={"words": text}),
        lambda log, text: log.warning("said", extra={text: "x"}),
        lambda log, text: log.warning("failed", exc_info=ValueError(text)),
        lambda log, text: log.warning("failed", exc_info=ConfigurationError(text)),
    ],
)
def test_every_record_is_one_printable_line(
    write: Callable[[logging.Logger, str], None], text: str
) -> None:
    log, stream = logger()

    write(log, text)

    line = stream.getvalue()
    assert line.endswith("\n")
    assert line[:-1].isprintable()


def test_a_field_cannot_pass_for_two() -> None:
    log, stream = logger()

    log.warning("said", extra={"words": 'x" owner=ada'})

    assert stream.getvalue().endswith('said words="x\\" owner=ada"\n')


def test_names_of_any_script_stay_readable() -> None:
    assert escaped("Zoë Ωμέγα 王 עדה") == "Zoë Ωμέγα 王 עדה"


def test_a_person_sees_tracebacks_behind_a_margin() -> None:
    log, stream = logger(for_a_person=True)

    log.warning("failed", exc_info=ValueError("one\n2026-01-01 INFO forged"))

    _, *trace = stream.getvalue().splitlines()
    assert trace
    assert all(line.startswith("  | ") for line in trace)


async def test_a_path_cannot_forge_a_line() -> None:
    app = Quart("failing")
    log, stream = logger()
    app.logger.handlers = log.handlers
    app.logger.propagate = False

    @app.before_request
    async def fail() -> None:
        raise RuntimeError(request.path)

    await app.test_client().get("/x%0a2026-01-01%20INFO%20forged%1b[2J")

    assert stream.getvalue().count("\n") == 1
    assert "forged" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_why_it_cannot_start_is_told_once() -> None:
    log, stream = logger()
    until_started = UntilStarted()
    log.handlers[0].addFilter(until_started)

    log.error("Exception", exc_info=ConfigurationError("told elsewhere"))
    before = stream.getvalue()
    until_started.is_over = True
    log.error("Exception", exc_info=ConfigurationError("set it right"))

    assert before == ""
    assert stream.getvalue().endswith('ERROR test: Exception reason="set it right"\n')
