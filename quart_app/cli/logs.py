"""Log lines: one for each record, and none that a visitor can forge."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from datetime import UTC, datetime

from quart_app.cli.output import escaped
from quart_app.errors import ConfigurationError

_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}


def _field(value: object) -> str:
    text = escaped(str(value))
    if text and not set(text) & set(" \"'=\\"):
        return text
    quoted = text.replace("\\", "\\\\").replace('"', '\\"') if text == str(value) else text
    return f'"{quoted}"'


class LineFormatter(logging.Formatter):
    """`TIME LEVEL LOGGER: MESSAGE key=value …`, then the exception; `LOGGER[PID]` in a worker.

    A person at a terminal gets tracebacks as they know them, behind a margin that no record begins
    with; files and journals get everything on one line.
    """

    def __init__(self, *, for_a_person: bool, names_process: bool = False) -> None:
        super().__init__()
        self._process = f"[{os.getpid()}]" if names_process else ""
        self._margin = "\n  | " if for_a_person else escaped("\n")

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = record.getMessage()
        fields = "".join(
            f" {escaped(name)}={_field(value)}"
            for name, value in vars(record).items()
            # The reason of most is in their message already.
            if name not in _STANDARD and not (name == "reason" and message.endswith(str(value)))
        )
        head = f"{time} {record.levelname} {escaped(record.name)}{self._process}: "
        return f"{head}{escaped(message)}{fields}{self._trace(record)}"

    def _trace(self, record: logging.LogRecord) -> str:
        text = ""
        if record.exc_info and (exc := record.exc_info[1]) is not None:
            if isinstance(exc, ConfigurationError):
                # Its message says all: where it was raised helps nobody.
                return f" reason={_field(exc)}"
            text = "".join(traceback.format_exception(exc))
        if record.stack_info:
            text += record.stack_info
        return "".join(self._margin + escaped(line) for line in text.splitlines())


class UntilStarted(logging.Filter):
    """Quart logs why it cannot start. The command says the same in its one last line."""

    is_over = False

    def filter(self, record: logging.LogRecord) -> bool:
        told = bool(record.exc_info) and isinstance(record.exc_info[1], ConfigurationError)  # type: ignore[index]
        return self.is_over or not told


def set_up(
    *, verbosity: int, quietest: int = logging.INFO, names_process: bool = False
) -> UntilStarted:
    """Every logger writes to standard error. To be called before there is an application, which
    otherwise brings a way of its own."""
    until_started = UntilStarted()
    # There is no standard error where a service was started with it closed.
    handler = logging.StreamHandler(sys.stderr) if sys.stderr else logging.NullHandler()
    for_a_person = bool(sys.stderr) and sys.stderr.isatty()
    handler.setFormatter(LineFormatter(for_a_person=for_a_person, names_process=names_process))
    handler.addFilter(until_started)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.DEBUG if verbosity > 1 else quietest)
    logging.getLogger("quart_app").setLevel(logging.DEBUG if verbosity else logging.NOTSET)
    logging.captureWarnings(True)
    return until_started
