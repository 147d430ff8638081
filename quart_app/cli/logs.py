"""Log lines: one for each record, none that a visitor can forge, none that anybody waits for."""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from quart_app.cli.output import escaped
from quart_app.cli.writer import Lines, Writer
from quart_app.errors import ConfigurationError
from quart_app.settings import ObservingSettings
from quart_app.settings.observing import JSON

_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
_STDERR = 2


def field(value: object) -> str:
    """As it stands behind `name=`: it cannot pass for two."""
    text = escaped(str(value))
    if text and not set(text) & set(" \"'=\\"):
        return text
    quoted = text.replace("\\", "\\\\").replace('"', '\\"') if text == str(value) else text
    return f'"{quoted}"'


def moment(seconds: float) -> str:
    """As it stands in a line."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _fields_of(record: logging.LogRecord) -> Iterator[tuple[str, object]]:
    message = record.getMessage()
    for name, value in vars(record).items():
        # The reason of most is in their message already.
        if name not in _STANDARD and not (name == "reason" and message.endswith(str(value))):
            yield name, value
    if isinstance(exc := _exception_of(record), ConfigurationError):
        # Its message says all: where it was raised helps nobody.
        yield "reason", exc


def _exception_of(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


def _trace_of(record: logging.LogRecord) -> str:
    exc, text = _exception_of(record), ""
    if exc is not None and not isinstance(exc, ConfigurationError):
        text = "".join(traceback.format_exception(exc))
    return text + (record.stack_info or "")


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
        fields = "".join(f" {escaped(name)}={field(value)}" for name, value in _fields_of(record))
        head = f"{moment(record.created)} {record.levelname} {escaped(record.name)}{self._process}"
        trace = "".join(self._margin + escaped(line) for line in _trace_of(record).splitlines())
        return f"{head}: {escaped(record.getMessage())}{fields}{trace}"


class JsonFormatter(logging.Formatter):
    """The same as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "time": moment(record.created),
            "level": record.levelname,
            "logger": record.name,
            "pid": record.process,
            "message": record.getMessage(),
        }
        # No field takes the place of one of these.
        told = {**dict(_fields_of(record)), **told}
        if trace := _trace_of(record):
            told["exception"] = trace
        return json.dumps(told, default=str)


class UntilStarted(logging.Filter):
    """Quart logs why it cannot start. The command says the same in its one last line."""

    is_over = False

    def filter(self, record: logging.LogRecord) -> bool:
        return self.is_over or not isinstance(_exception_of(record), ConfigurationError)


class _Handler(logging.Handler):
    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._writer.write(self.format(record))
        except Exception:  # noqa: BLE001 - whatever a field's `str` raises
            self._writer.write(f"a log line of {escaped(record.name)} could not be written")

    def flush(self) -> None:
        self._writer.finish()


@dataclass(frozen=True, slots=True)
class Log:
    """Where lines go."""

    writer: Writer | None
    """None where there is no standard error."""
    until_started: UntilStarted
    is_terminal: bool


def set_up(settings: ObservingSettings, *, names_process: bool = False) -> Log:
    """Every logger writes to standard error, and so does what prints there; nothing waits for it.
    To be called before there is an application, which otherwise brings a way of its own."""
    log = Log(None, UntilStarted(), False)
    handler: logging.Handler = logging.NullHandler()
    # There is none where a service was started with it closed.
    if sys.stderr is not None:
        writer, is_terminal = Writer(_STDERR), sys.stderr.isatty()
        log = Log(writer, log.until_started, is_terminal)
        sys.stderr = Lines(writer, _STDERR)
        handler = _Handler(writer)
        handler.setFormatter(
            JsonFormatter()
            if settings.log_format == JSON
            else LineFormatter(for_a_person=is_terminal, names_process=names_process)
        )
    handler.addFilter(log.until_started)
    _take_over(handler, settings.log_level)
    if settings.log_level == "INFO":
        # What Alembic sets up and looks at tells an operator nothing.
        logging.getLogger("alembic").setLevel("WARNING")
    return log


def keep_quiet() -> None:
    """Only what went wrong, for a command that prints its answer."""
    handler = logging.StreamHandler(sys.stderr) if sys.stderr else logging.NullHandler()
    handler.setFormatter(LineFormatter(for_a_person=True))
    _take_over(handler, "ERROR")


def _take_over(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
