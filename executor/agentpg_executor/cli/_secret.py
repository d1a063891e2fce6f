"""`--secret NAME`: which environment variables requests may name as secrets."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from ._failure import usage


def add_secret(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--secret",
        metavar="NAME",
        action="append",
        default=[],
        help="requests may name this secret; it is the environment variable NAME",
    )


def secrets_of(names: Sequence[str]) -> dict[str, str]:
    """The secrets by name; refuses a name that stands for nothing."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise usage(
            f"--secret {missing[0]}: there is no such environment variable",
            why="every request that names this secret would be refused",
            next=f"export {missing[0]}=..., then start it again",
        )
    return {name: os.environ[name] for name in names}
