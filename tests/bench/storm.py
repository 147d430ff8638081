"""What is left for others while ten times as many sign in, or guess, as can be looked at."""

from __future__ import annotations

import asyncio
import math
import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from urllib.parse import quote

from argon2 import PasswordHasher

from quart_app.accounts.passwords.own import MEMORY_KIB, Argon2
from tests.bench.accounts import filled
from tests.bench.apps.people import PEOPLE, RIGHT, WRONG, mail_of, name_of
from tests.bench.besieging import BESIEGERS, Outcome, Processes, besiege, come_back, read_pages
from tests.bench.contenders import ASKS_PASSWORDS, DJANGO_ACCOUNTS, FLASK_SECURITY, Contender
from tests.bench.load import Asked, answered, rate, text_of
from tests.bench.processes import peak_of, resident_of, sockets_of
from tests.bench.proving import Matches, hashes_a_second
from tests.bench.served import allow_many_descriptors, cores, in_memory
from tests.bench.table import table
from tests.kit.processes import Program
from tests.kit.redis import RedisServer

TIMES = 10  # what the pool can do
CALM = 1 / 3  # of the storm's time
KNOWN_A_MINUTE = 100
IN_TIME, IN_TIME_SECONDS = 0.95, 2.0
SIGN_INS, MOST_TIMES, MOST_MIB = 0.9, 2, MEMORY_KIB // 1024
ROUNDS, HASHES = 5, 100
CONTENDERS = {
    "ours": ASKS_PASSWORDS,
    "django": DJANGO_ACCOUNTS,
    "flask-security": FLASK_SECURITY,
}
# Whose hashes a second sign-ins are held against: what others hash with, and what we do.
ARGON2_CFFI, LIBSODIUM = "argon2-cffi alone", "libsodium alone"
ALONE: Mapping[str, Matches] = {
    ARGON2_CFFI: PasswordHasher().verify,
    LIBSODIUM: Argon2().matches,
}
CLIENTS = 3  # processes
SETTLED_WITHIN_SECONDS = 5.0
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class LoginForm:
    """How people sign in somewhere."""

    port: int
    by_mail: bool = False

    @property
    def page(self) -> Asked:
        """With nothing typed."""
        return Asked.get(self.port, "/login")

    def sign_in(self, number: int, *, cookie: str | None = None) -> Asked:
        """By one of the people, with the right password."""
        return self._asked(number, RIGHT, cookie=cookie)

    def storm(self, count: int) -> Sequence[Asked]:
        """So many, in no order: right, wrong, and by people that there are none of. The right ones
        are by others than those who come back meanwhile, the wrong ones at their accounts too."""
        asked = []
        for number in range(count // 3):
            asked.append(self._asked(PEOPLE // 2 + number % (PEOPLE // 2), RIGHT))
            asked.append(self._asked(number % PEOPLE, WRONG))
            asked.append(self._asked(PEOPLE + number, WRONG))
        random.shuffle(asked)
        return asked

    def _asked(self, number: int, password: str, *, cookie: str | None = None) -> Asked:
        who = f"email={mail_of(number)}" if self.by_mail else f"name={quote(name_of(number))}"
        body = f"{who}&password={quote(password)}"
        status = 302 if self.by_mail else 303
        return Asked.post(self.port, "/login", body, cookie=cookie, status=status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What was seen of a server, calm and in a storm. Times are seconds, memory is bytes."""

    calm: Sequence[float]
    stormy: Sequence[float]
    outcomes: Counter[Outcome]
    came_back: Sequence[float]
    grown: int
    kept: int
    """What is left of that once nobody signs in any more."""
    after: float
    left_over: int

    @property
    def times(self) -> float:
        """How many times longer a page takes in the storm than without, at the 99th percentile."""
        return p99(self.stormy) / p99(self.calm)

    @property
    def for_a_while(self) -> int:
        """The memory of hashes, at least where it is given back."""
        return self.grown - self.kept

    @property
    def in_time(self) -> float:
        """Which part of those who came back was let in soon enough."""
        return sum(took <= IN_TIME_SECONDS for took in self.came_back) / len(self.came_back)


def p99(seen: Sequence[float]) -> float:
    return quantiles(seen, n=100)[-1]


def run(*, seconds: int, of: Sequence[str] | None = None) -> None:
    """Measure and print."""
    allow_many_descriptors()
    core, client_core = cores()
    os.sched_setaffinity(0, {client_core})  # and Redis, which is started from here
    often = TIMES * _hashes_a_second(LIBSODIUM, core)
    with ExitStack() as stack:
        redis = stack.enter_context(RedisServer.running())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-", dir=in_memory())))
        processes = stack.enter_context(Processes.running(CLIENTS))
        asyncio.run(filled(ASKS_PASSWORDS.folder_in(folder), PEOPLE))
        servers = {
            each: stack.enter_context(each.serving(redis.url, folder, core=core))
            for each in (CONTENDERS[name] for name in of or CONTENDERS)
        }
        forms = {
            each: LoginForm(server.port, by_mail=each is FLASK_SECURITY)
            for each, server in servers.items()
        }
        # All have begun then, and had as many connections as the storm will have.
        for form in forms.values():
            processes.begin(besiege, [form.page], rate=BESIEGERS, seconds=2).result()
        weathers = {
            each: weather(server, forms[each], processes, rate=often, seconds=seconds)
            for each, server in servers.items()
        }
        rates = _rates(forms, core=core, seconds=seconds * CALM / ROUNDS)
    _print_rates(rates)
    _print_pages(weathers)
    _print_outcomes(weathers, asked=often)
    _print_promises(weathers)


def _rates(
    forms: Mapping[Contender, LoginForm], *, core: int, seconds: float
) -> Mapping[str, float]:
    """Hashes a second that are possible, and right sign-ins; in turns, so that a busy moment of
    the machine falls on all."""
    seen: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        for name in ALONE:
            seen[name].append(_hashes_a_second(name, core))
        for each, form in forms.items():
            people = cycle(form.sign_in(number) for number in range(PEOPLE))
            seen[each.name].append(asyncio.run(rate(people, seconds=seconds)))
    return {name: median(rates) for name, rates in seen.items()}


def _hashes_a_second(name: str, core: int) -> float:
    """What one of these alone can do on this core."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        return hashes_a_second(ALONE[name], HASHES, threads=1)
    finally:
        os.sched_setaffinity(0, own)


def weather(
    server: Program, form: LoginForm, processes: Processes, *, rate: float, seconds: float
) -> Weather:
    """Calm for a while, then so many a second for so long. Raises if somebody cannot sign in
    before or after it, or is not signed in any more."""
    # The last of them reads pages, the others come back in the storm.
    last = math.ceil(KNOWN_A_MINUTE * seconds / 60)
    cookies = [asyncio.run(answered(form.sign_in(each))).cookies for each in range(last + 1)]
    known = [form.sign_in(each, cookie=cookies[each]) for each in range(last)]
    page = Asked.get(form.port, "/", cookie=cookies[last])
    pid = server.process.pid
    sockets, resident = sockets_of(pid), resident_of(pid)
    calm = processes.begin(read_pages, page, seconds=seconds * CALM).result()
    requests = form.storm(int(rate * seconds))
    storm = processes.begin(besiege, requests, rate=rate, seconds=seconds)
    stormy = processes.begin(read_pages, page, seconds=seconds)
    came_back = processes.begin(come_back, known, seconds=seconds)
    outcomes = storm.result()
    began = time.perf_counter()
    asyncio.run(answered(form.sign_in(last)))
    after = time.perf_counter() - began
    if "ada" not in asyncio.run(text_of(page)):
        raise RuntimeError("who was signed in is not any more")
    grown = peak_of(pid) - resident
    return Weather(
        calm=calm,
        stormy=stormy.result(),
        outcomes=outcomes,
        came_back=came_back.result(),
        grown=grown,
        kept=resident_of(pid) - resident,
        after=after,
        left_over=_left_over(pid, sockets),
    )


def _left_over(pid: int, before: int) -> int:
    end = time.monotonic() + SETTLED_WITHIN_SECONDS
    while (more := sockets_of(pid) - before) > 0 and time.monotonic() < end:
        time.sleep(0.1)
    return more


def _print_rates(rates: Mapping[str, float]) -> None:
    rows = [
        [
            name,
            f"{found:.1f}",
            f"{found / rates[ARGON2_CFFI]:.2f}",
            f"{SIGN_INS}, and ahead" if name == ASKS_PASSWORDS.name else "",
        ]
        for name, found in rates.items()
    ]
    table("Sign-ins a second on one core", ["", "a second", "times", "to reach"], rows)


def _print_pages(weathers: Mapping[Contender, Weather]) -> None:
    rows = [
        [
            who.name,
            *(f"{seconds * 1e3:.1f}" for seconds in (median(seen.calm), median(seen.stormy))),
            *(f"{seconds * 1e3:.1f}" for seconds in (p99(seen.calm), p99(seen.stormy))),
            f"{seen.times:.2f}",
            f"≤ {MOST_TIMES}" if who is ASKS_PASSWORDS else "",
        ]
        for who, seen in weathers.items()
    ]
    heads = ["", "median", "in the storm", "p99", "in the storm", "times", "to reach"]
    table("Milliseconds of a signed-in page", heads, rows)


def _print_outcomes(weathers: Mapping[Contender, Weather], *, asked: float) -> None:
    kinds = sorted({kind for seen in weathers.values() for kind in seen.outcomes}, key=str)
    rows = [
        [who.name, *(f"{seen.outcomes[kind]:,}" for kind in kinds)]
        for who, seen in weathers.items()
    ]
    title = f"What became of {asked:,.0f} sign-ins and guesses a second, by status"
    table(title, ["", *map(str, kinds)], rows)


def _print_promises(weathers: Mapping[Contender, Weather]) -> None:
    known = f"known browsers let in within {IN_TIME_SECONDS:g} s"
    rows = []
    for who, seen in weathers.items():
        rows += [
            [who.name, known, f"{seen.in_time:.0%}", f"≥ {IN_TIME:.0%}"],
            [
                "",
                "MiB at its height, above those that stay",
                f"{seen.for_a_while / MIB:.0f}",
                f"≤ {MOST_MIB}",
            ],
            ["", "MiB that stay, above those at rest", f"{seen.kept / MIB:.1f}", ""],
            ["", "seconds of a sign-in just after it", f"{seen.after:.2f}", "at once"],
            ["", "connections left over", f"{seen.left_over}", "0"],
        ]
    table("In the storm, and after it", ["", "what", "seen", "to reach"], rows)
