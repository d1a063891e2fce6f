"""Creating runs, with nobody there to execute them: one by one, in the user's transaction, in bulk.

`bare` is the user's transaction alone: one row of 1 KB inserted, one row updated by its key.
"""

from __future__ import annotations

from typing import Any

import psycopg

from bench.product import BULK, CREATE, make_agent
from bench.subject import Subject

ORDERS = """
create schema shop;
create table shop.orders (id int primary key, payload text);
create table shop.stock (id int primary key, n int);
insert into shop.stock values (1, 0);
"""


def order(conn: psycopg.Connection[Any], number: int) -> None:
    conn.execute("insert into shop.orders values (%s, %s)", [number, "x" * 1024], prepare=True)
    conn.execute("update shop.stock set n = n + 1 where id = %s", [1], prepare=True)


def main() -> None:
    subject = Subject.from_arguments()
    runs, how = subject.number("runs"), subject.parameters["how"]
    agent_id = make_agent(subject.dsn)
    with psycopg.connect(subject.dsn, autocommit=True) as conn:
        conn.execute(ORDERS)
        # So that neither plans nor caches are made while the clock runs.
        conn.execute(CREATE, [agent_id], prepare=True)
        subject.start()
        match how:
            case "one by one":
                for _ in range(runs):
                    conn.execute(CREATE, [agent_id], prepare=True)
            case "bulk":
                conn.execute(BULK, [agent_id, runs, "streaming", "{}"])
            case _:
                for number in range(runs):
                    with conn.transaction():
                        order(conn, number)
                        if how == "in the user's transaction":
                            conn.execute(CREATE, [agent_id], prepare=True)
        subject.end(runs)


if __name__ == "__main__":
    main()
