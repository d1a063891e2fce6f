"""Makes docs/reference and the diagrams of docs/architecture.md; with --check, only compares.

    python docs/build_reference.py [--check] [--dsn DSN]

Without a DSN it deploys the schema to a temporary embedded Postgres.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from agentpg.migrate import migrate
from agentpg_executor.embedded import EmbeddedPostgres
from reference_builder import cli, diagrams, python, sql

DOCS = Path(__file__).resolve().parent
PAGES: dict[str, Callable[[psycopg.Connection], str]] = {
    "reference/sql.md": sql.render,
    "reference/python.md": lambda conn: python.render(),
    "reference/cli.md": lambda conn: cli.render(),
    "architecture.md": lambda conn: diagrams.fill(
        (DOCS / "architecture.md").read_text(encoding="utf-8"), conn
    ),
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Makes the generated pages of the documentation.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is out of date")
    parser.add_argument("--dsn", help="a database with the schema, as it is shipped")
    given = parser.parse_args(arguments)
    stale: list[str] = []
    with _connected(given.dsn) as conn:
        for name, render in PAGES.items():
            path, text = DOCS / name, render(conn)
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            stale.append(name)
            if not given.check:
                path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"docs/{name} {'is out of date: python docs/build_reference.py' if given.check else 'written'}")
    return 1 if stale and given.check else 0


@contextmanager
def _connected(dsn: str | None) -> Iterator[psycopg.Connection]:
    if dsn is not None:
        with psycopg.connect(dsn) as conn:
            yield conn
        return
    with EmbeddedPostgres(durable=False) as server:
        migrate(server.dsn())
        with psycopg.connect(server.dsn()) as conn:
            yield conn


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
