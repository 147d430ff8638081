"""`python -m tests.soak`: fifteen thousand connections and three thousand streams, ten rounds."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.served import allow_many_descriptors
from tests.soak.crowd import Scale
from tests.soak.rounds import run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--connections", type=int, default=15_000)
    parser.add_argument("--streams", type=int, default=3_000)
    parser.add_argument("--visitors", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=10)
    scale = Scale(**vars(parser.parse_args()))
    allow_many_descriptors()
    with TemporaryDirectory(prefix="soak-") as folder:
        run(scale, Path(folder), say=lambda words: print(words, flush=True))


if __name__ == "__main__":
    main()
