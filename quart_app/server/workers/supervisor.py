"""Keeps N workers serving on one address: replaces those that end, all of them when told, and stops
them together. Serves nothing itself."""

from __future__ import annotations

import logging
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable

from quart_app.errors import ConfigurationError
from quart_app.server.listening.address import Address, Listening
from quart_app.server.notify import READY, STOPPING, notify, reloading
from quart_app.server.stopping import SAME_GESTURE_SECONDS, SIGNALS, WITHOUT_MEANING, Times
from quart_app.server.terminal import Terminal, keep_standard_streams
from quart_app.server.workers import inherited
from quart_app.server.workers.worker import Place, Worker
from quart_app.settings import ServerSettings

START_LIMIT_SECONDS = 120.0
# Each worker watches its own time to stop. One that cannot is ended a moment later.
KILL_MARGIN_SECONDS = 0.5

log = logging.getLogger(__name__)


def supervise(
    *,
    address: Address,
    settings: ServerSettings,
    started: Callable[..., None],
    ended: Callable[[int], None] = lambda _: None,
) -> int:
    """Serve with so many processes until SIGINT or SIGTERM; the exit status. They run the same
    command as this process, and find what it has for them with `Inherited.taken()`.

    `started` is called once, with what the first worker that serves wants to be said; `ended` with
    the process id of each worker that is no more. Raises
    `ConfigurationError` if none can serve.
    """
    keep_standard_streams()
    times = Times.of(settings)
    workers = settings.workers
    with (
        address.listening(backlog=settings.backlog, mode=settings.bind_mode) as listening,
        _Signals() as signals,
    ):
        supervisor = _Supervisor(
            listening, signals, times, workers=workers, started=started, ended=ended
        )
        status = supervisor.run()
    if supervisor.ended_by is not None:
        signal.signal(supervisor.ended_by, signal.SIG_DFL)
        signal.raise_signal(supervisor.ended_by)
    return status


class _Signals:
    """Signals in a socket, in which they can be waited for together with what workers say."""

    def __enter__(self) -> _Signals:
        self.terminal = Terminal()
        self._reading, self._writing = socket.socketpair()
        for end in (self._reading, self._writing):
            end.setblocking(False)
        signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        for number in (*SIGNALS, *WITHOUT_MEANING, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(-1)
        self._reading.close()
        self._writing.close()

    def fileno(self) -> int:
        return self._reading.fileno()

    def arrived(self) -> bytes:
        """The numbers of those that arrived."""
        return self._reading.recv(4096)


class _Supervisor:
    def __init__(
        self,
        listening: Listening,
        signals: _Signals,
        times: Times,
        *,
        workers: int,
        started: Callable[..., None],
        ended: Callable[[int], None],
    ) -> None:
        self.ended_by: int | None = None
        self._listening = listening
        self._signals = signals
        self._started = started
        self._ended = ended
        self._times = times
        self._places = [Place() for _ in range(workers)]
        self._living: list[Worker] = []
        self._selector = selectors.DefaultSelector()
        self._selector.register(signals, selectors.EVENT_READ)
        self._has_served = False
        self._generation = 0
        self._is_reloading = False
        self._stopping_since: float | None = None
        self._status = 0

    def run(self) -> int:
        """Until all workers have ended."""
        try:
            while self._living or self._stopping_since is None:
                if self._stopping_since is None:
                    self._fill()
                    self._replace_one()
                for key, _ in self._selector.select(self._seconds_until_next()):
                    if key.fileobj is self._signals:
                        self._on_signals()
                    else:
                        self._on_word(key.data)
                self._reap()
                self._kill_late()
        finally:
            for worker in self._living:
                worker.kill()
                os.waitpid(worker.pid, 0)
        return self._status

    def _seconds_until_next(self) -> float | None:
        times = [worker.kill_at for worker in self._living]
        if self._stopping_since is None:
            times += [place.empty_until for place in self._places if place.is_empty]
        next_time = min(times, default=float("inf"))
        return None if next_time == float("inf") else max(0.0, next_time - time.monotonic())

    def _limit_seconds(self, *, at_once: bool) -> float:
        return self._times.watchdog(at_once=at_once).total_seconds() + KILL_MARGIN_SECONDS

    def _fill(self) -> None:
        now = time.monotonic()
        for place in self._places:
            if place.is_empty and place.empty_until <= now:
                place.worker = self._start(place)

    def _start(self, place: Place) -> Worker | None:
        try:
            worker = Worker.start(
                self._listening,
                place=place,
                generation=self._generation,
                limit_seconds=START_LIMIT_SECONDS,
            )
        except OSError as exc:
            if not self._has_served:
                raise ConfigurationError(f"cannot start a worker: {exc.strerror}") from exc
            pause = place.vacate(lived_seconds=0)
            log.error(
                "cannot start a worker",
                extra={"reason": exc.strerror, "next_in_seconds": pause},
            )
            return None
        self._selector.register(worker.line, selectors.EVENT_READ, worker)
        self._living.append(worker)
        return worker

    def _replace_one(self) -> None:
        """The next that runs the code of before, if the one before it is done with."""
        if not self._is_reloading or any(worker.is_leaving for worker in self._living):
            return
        if any(place.successor for place in self._places):
            return
        for place in self._places:
            if place.worker is not None and place.worker.generation < self._generation:
                # One that is only starting is waited for.
                if place.worker.is_serving and (successor := self._start(place)):
                    place.successor = successor
                elif place.worker.is_serving:
                    self._end_reload("workers not replaced")
                return
        self._end_reload("workers replaced")

    def _end_reload(self, message: str) -> None:
        self._is_reloading = False
        log.info(message)
        notify(READY)

    def _on_signals(self) -> None:
        for number in self._signals.arrived():
            if number in SIGNALS:
                self._on_stop_signal(number)
            elif number == signal.SIGHUP and self._stopping_since is None:
                if self._signals.terminal.is_gone:
                    self._on_stop_signal(signal.SIGTERM)
                    continue
                log.info("replacing workers one by one")
                notify(reloading())
                self._generation += 1
                self._is_reloading = True
                for place in self._places:
                    place.empty_until = 0.0

    def _on_stop_signal(self, number: int) -> None:
        now = time.monotonic()
        if self._stopping_since is None:
            self._stopping_since = now
            log.info("stopping, a second signal ends it at once")
            notify(STOPPING)
            # No client is to wait in the kernel for a worker that no longer is.
            for sock in self._listening.sockets:
                sock.close()
            for worker in self._living:
                worker.stop(limit_seconds=self._limit_seconds(at_once=False))
        elif now - self._stopping_since > SAME_GESTURE_SECONDS:
            self.ended_by = number
            for worker in self._living:
                worker.kill()

    def _on_word(self, worker: Worker) -> bool:
        """Whether the worker has said something, and may say more."""
        try:
            said = worker.line.recv(inherited.LONGEST_WORD)
        except OSError:
            said = b""
        text = said.partition(b"\n")[2].decode(errors="surrogateescape")
        if not said:
            # The worker is about to end, which will be seen to then.
            self._selector.unregister(worker.line)
        elif said.startswith(inherited.FAILED):
            worker.complaint = text
        elif said.startswith(inherited.SERVING) and not worker.is_leaving:
            self._on_serving(worker, text.splitlines())
        return bool(said)

    def _on_serving(self, worker: Worker, lines: list[str]) -> None:
        worker.is_serving = True
        worker.kill_at = float("inf")
        log.info("worker serves", extra={"pid": worker.pid})
        if not self._has_served:
            self._has_served = True
            self._started(*lines)
            notify(READY)
        place = worker.place
        if place.successor is worker:
            before, place.worker, place.successor = place.worker, worker, None
            if before is not None:
                before.retire(limit_seconds=self._limit_seconds(at_once=True))

    def _reap(self) -> None:
        for worker in tuple(self._living):
            if (code := worker.ended()) is not None:
                while worker.line in self._selector.get_map() and self._on_word(worker):
                    pass  # it may have had last words
                worker.line.close()
                self._living.remove(worker)
                self._ended(worker.pid)
                self._on_end(worker, code)

    def _on_end(self, worker: Worker, code: int) -> None:
        # Not every number has a name.
        how = f"killed by signal {-code}" if code < 0 else f"status {code}"
        reason = worker.complaint or how
        place = worker.place
        if self._stopping_since is not None:
            self._status = self._status or int(code != 0)
        elif not self._has_served:
            raise ConfigurationError(worker.complaint or f"a worker ended at its start ({how})")
        elif place.successor is worker:
            place.successor = None
            log.error("a new worker does not start", extra={"pid": worker.pid, "reason": reason})
            self._end_reload("workers not replaced, those of before go on")
        elif place.worker is worker:
            place.worker = None
            pause = place.vacate(lived_seconds=time.monotonic() - worker.started_at)
            fields = {"pid": worker.pid, "reason": reason, "next_in_seconds": pause}
            log.warning("worker ended", extra=fields)

    def _kill_late(self) -> None:
        now = time.monotonic()
        for worker in self._living:
            if worker.kill_at <= now:
                log.error("worker killed, it took too long", extra={"pid": worker.pid})
                worker.kill()
