"""A run that exists if and only if your own data does: create_run in your transaction.

Needs an executor somewhere (`agentpg worker`); this process only asks.

    DATABASE_URL=postgresql://localhost/app python examples/transaction.py
"""

from __future__ import annotations

import os
from uuid import UUID

import psycopg
from agentpg import Client


def main() -> None:
    with Client() as client, psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        agent = client.get_or_create_agent("thanks", model="claude-haiku-5-5")
        conn.execute("create temporary table orders (id int primary key, item text)")
        conn.commit()

        try:
            with conn.transaction():
                place_order(client, conn, agent.id, 1, "umbrella")
                raise RuntimeError("the payment was refused")
        except RuntimeError as error:
            print(f"order 1: {error}; no order, and no run")

        with conn.transaction():
            run_id = place_order(client, conn, agent.id, 2, "raincoat")
        # Only now can executors see the run; waiting inside the transaction would be waiting for ever.
        print(f"order 2: {client.wait_for_run(run_id, timeout=60).text}")
        print(f"{len(client.list_runs(agent_id=agent.id))} run(s) of this agent in all")


def place_order(client: Client, conn: psycopg.Connection, agent_id: UUID, number: int, item: str) -> UUID:
    """The order and the run that thanks for it, in the caller's transaction."""
    conn.execute("insert into orders values (%s, %s)", (number, item))
    session_id = client.new_session(metadata={"order": number}, conn=conn)
    return client.run_fast(
        session_id,
        agent_id,
        f"Thank the customer for ordering: {item}.",
        idempotency_key=f"thanks-{number}-{os.getpid()}",
        conn=conn,
    )


main()
