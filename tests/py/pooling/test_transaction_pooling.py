"""PgBouncer in transaction mode, as deployed in front of many databases."""

from __future__ import annotations

import psycopg


def test_a_transaction_of_the_client_is_one_transaction_of_the_server(pooled_dsn: str) -> None:
    with psycopg.connect(pooled_dsn, prepare_threshold=None) as conn:
        first = conn.execute("select pg_backend_pid(), pg_current_xact_id()").fetchone()
        second = conn.execute("select pg_backend_pid(), pg_current_xact_id()").fetchone()
        assert first == second


def test_more_clients_than_server_connections_are_served(pooled_dsn: str) -> None:
    clients = [psycopg.connect(pooled_dsn, autocommit=True, prepare_threshold=None) for _ in range(10)]
    try:
        backends = {conn.execute("select pg_backend_pid()").fetchone() for conn in clients}
    finally:
        for conn in clients:
            conn.close()
    assert 1 <= len(backends) <= 3
