"""`python -m tests.bench NAME`: measures, and prints what it measured."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable

from tests.bench import idle, pages, proving, publish, stores, storm, streams

_Add = Callable[..., argparse.ArgumentParser]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    benches = parser.add_subparsers(required=True)
    for those in (_those_of_sessions, _those_of_connections, _those_of_accounts):
        those(benches.add_parser)
    chosen = parser.parse_args()
    chosen.run(chosen)


def _those_of_sessions(add: _Add) -> None:
    on_stores = add("stores", help="what each store operation costs")
    on_stores.add_argument(
        "--sessions",
        type=int,
        nargs="+",
        default=[1_000, 100_000],
        help="how many sessions lie in the directory; the readme's figures are for 1000 100000 "
        "1000000, which takes some minutes and 5 GB",
    )
    on_stores.set_defaults(run=lambda chosen: asyncio.run(stores.run(sizes=chosen.sessions)))
    on_pages = add("pages", help="how many pages a second one core serves")
    on_pages.add_argument("--seconds", type=int, default=2, help="for each, in each round")
    on_pages.add_argument("--rounds", type=int, default=5)
    on_pages.add_argument("--connections", type=int, default=12_000, help="that rest meanwhile")
    on_pages.set_defaults(
        run=lambda chosen: pages.run(
            seconds=chosen.seconds, rounds=chosen.rounds, connections=chosen.connections
        )
    )


def _those_of_connections(add: _Add) -> None:
    on_idle = add("idle", help="what idle connections cost, and waking them")
    on_idle.add_argument("--connections", type=int, default=12_000)
    on_idle.set_defaults(run=lambda chosen: idle.run(connections=chosen.connections))
    on_streams = add("streams", help="what open event streams cost")
    on_streams.add_argument("--streams", type=int, default=12_000)
    on_streams.add_argument("--of", nargs="+", choices=streams.CONTENDERS, help="only these")
    on_streams.set_defaults(run=lambda chosen: streams.run(streams=chosen.streams, of=chosen.of))
    on_publish = add("publish", help="how long telling many streams takes")
    on_publish.add_argument("--streams", type=int, nargs="+", default=[1_000, 5_000, 10_000])
    on_publish.set_defaults(run=lambda chosen: publish.run(streams=chosen.streams))


def _those_of_accounts(add: _Add) -> None:
    on_proving = add("proving", help="what a password costs beside its hash")
    on_proving.add_argument("--tries", type=int, default=300, help="of each kind of wrong ones")
    on_proving.add_argument("--sign-ins", type=int, default=500)
    on_proving.add_argument(
        "--accounts", type=int, nargs="+", default=[100, 100_000], help="that there are"
    )
    on_proving.set_defaults(
        run=lambda chosen: asyncio.run(
            proving.run(tries=chosen.tries, sign_ins=chosen.sign_ins, sizes=sorted(chosen.accounts))
        )
    )
    on_storm = add("storm", help="what ten times too many sign-ins leave to others")
    on_storm.add_argument("--seconds", type=int, default=60)
    on_storm.add_argument("--of", nargs="+", choices=storm.CONTENDERS, help="only these")
    on_storm.set_defaults(run=lambda chosen: storm.run(seconds=chosen.seconds, of=chosen.of))


if __name__ == "__main__":
    main()
