"""A storm in short: more sign-ins and guesses than can be looked at. `python -m tests.bench storm`
measures a minute of it."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

from quart_app.accounts.passwords.own import MEMORY_KIB
from tests.bench.accounts import filled
from tests.bench.apps.people import PEOPLE
from tests.bench.besieging import UNSENT, Processes
from tests.bench.storm import CLIENTS, LoginForm, weather
from tests.kit.processes import Program

# What a machine that does much else is late with is no matter of this test.
SETTINGS = {
    "QUART_LOGIN_MODE": "password",
    "QUART_HASHING_THREADS": "1",
    "QUART_DATABASE_TIMEOUT": "20",
}


def test_in_a_storm_of_sign_ins_pages_are_served_and_known_browsers_let_in_and_nothing_is_left(
    tmp_path: Path,
) -> None:
    asyncio.run(filled(tmp_path, PEOPLE))
    serve = ("quart_app", "serve", "--bind", "127.0.0.1:0", "--data-dir", str(tmp_path))
    with (
        Processes.running(CLIENTS) as processes,
        Program.running(*serve, environment=SETTINGS) as it,
    ):
        it.answers()
        seen = weather(it, LoginForm(it.port), processes, rate=300, seconds=4)
        status, _ = it.stopped()

    refused = seen.outcomes[503]
    assert refused > seen.outcomes[303] + seen.outcomes[401]
    assert set(seen.outcomes) <= {303, 401, 429, 503, UNSENT}  # else one lacks its Retry-After
    assert len(seen.stormy) > 0
    let_in = [took for took in seen.came_back if took < math.inf]
    assert len(let_in) > len(seen.came_back) / 2
    assert seen.grown < 2 * MEMORY_KIB * 1024
    assert seen.left_over <= 0
    assert status == 0
    assert "Traceback" not in it.err
