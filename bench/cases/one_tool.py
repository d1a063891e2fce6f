"""A run with one tool call, idle: from creation to the waiting client. Model and tool take no time."""

from __future__ import annotations

import time

from agentpg import Client

from bench.product import make_agent
from bench.subject import Subject
from bench.workers import Workers


def main() -> None:
    subject = Subject.from_arguments()
    calls = subject.number("calls")
    agent_id = make_agent(subject.dsn)
    workers = Workers(subject.dsn, 1, iterations=1)
    workers.go()
    taken: list[float] = []
    with Client(subject.dsn) as client:
        for _ in range(3):
            client.wait_for_run(client.run_fast(client.new_session(), agent_id, "Go."))
        subject.start()
        for _ in range(calls):
            session_id = client.new_session()
            time.sleep(0.02)
            created = time.perf_counter()
            client.wait_for_run(client.run_fast(session_id, agent_id, "Go."))
            taken.append((time.perf_counter() - created) * 1000)
        subject.end(calls, latencies_ms={"result": taken})
    workers.stop()


if __name__ == "__main__":
    main()
