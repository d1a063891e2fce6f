"""LangGraph 1.2.22, Postgres checkpointer 3.2.0

A graph of a model node and a tool node on its asynchronous checkpointer, durability="sync": each step is a
checkpoint before the next begins. A checkpointer does one thing at a time, so there are several. The list of
messages is a channel with the usual reducer; its DeltaChannel (beta) writes less and is slower. There is no
queue and no worker: a run is a call in the process that creates it.
"""

from __future__ import annotations

import asyncio
import operator
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypedDict

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from bench.subject import Subject
from bench.subjects._serve import result_of, serve, started

CONCURRENCY = 64
SAVERS = 16
NOTE = (
    f'durability="sync", {CONCURRENCY} at once on {SAVERS} checkpointers with a connection each.'
    " No queue: created and run by one process."
)


class State(TypedDict):
    messages: Annotated[list[str], operator.add]
    left: int


class Graph:
    def __init__(self, pool: AsyncConnectionPool[Any], result: str) -> None:
        self._result = result
        self.last_step_at = 0.0
        graph = StateGraph(State)
        graph.add_node("model", self._step)
        graph.add_node("tool", self._step)
        graph.add_edge(START, "model")
        graph.add_conditional_edges("model", lambda state: "tool" if state["left"] else END, ["tool", END])
        graph.add_conditional_edges("tool", lambda state: "model" if state["left"] else END, ["model", END])
        # A checkpointer does one thing at a time, whatever its pool: so there are several.
        self._graphs = [graph.compile(checkpointer=AsyncPostgresSaver(pool)) for _ in range(SAVERS)]

    @classmethod
    @asynccontextmanager
    async def on(cls, subject: Subject) -> AsyncIterator[Graph]:
        as_told = {"autocommit": True, "row_factory": dict_row}
        async with AsyncConnectionPool(subject.dsn, min_size=SAVERS, max_size=SAVERS, kwargs=as_told) as pool:
            yield cls(pool, result_of(subject))

    async def _step(self, state: State) -> Any:
        self.last_step_at = time.time()
        return {"messages": [self._result], "left": state["left"] - 1}

    async def run(self, run: int, steps: int) -> None:
        await self._graphs[run % SAVERS].ainvoke(
            {"messages": ["Go."], "left": steps},
            {"configurable": {"thread_id": str(run)}, "recursion_limit": steps + 5},
            durability="sync",
        )


async def setup(subject: Subject) -> None:
    async with AsyncPostgresSaver.from_conn_string(subject.dsn) as saver:
        await saver.setup()


async def _called(subject: Subject, steps: int) -> None:
    runs = subject.number("runs")
    async with Graph.on(subject) as graph:
        todo = iter(range(runs))

        async def caller() -> None:
            for run in todo:
                await graph.run(run, steps)

        await started(subject)
        await asyncio.gather(*(caller() for _ in range(CONCURRENCY)))
        subject.end(runs * steps, note=NOTE)


async def runs(subject: Subject) -> None:
    await _called(subject, 1)


async def loop(subject: Subject) -> None:
    await _called(subject, 2 * subject.number("iterations"))


async def latency(subject: Subject) -> None:
    calls = subject.number("calls")
    async with Graph.on(subject) as graph:
        await started(subject)
        starts: list[float] = []
        results: list[float] = []
        for run in range(calls):
            created_at = time.time()
            await graph.run(run, 1)
            starts.append(1000 * (graph.last_step_at - created_at))
            results.append(1000 * (time.time() - created_at))
            await asyncio.sleep(random.uniform(0, 0.04))
        subject.end(calls, latencies_ms={"start": starts, "result": results}, note=NOTE)


async def no_queue(subject: Subject) -> None:
    subject.cannot("It has no queue: nothing waits to be worked off.")


if __name__ == "__main__":
    serve(
        {
            "setup": setup,
            "runs": runs,
            "drain": no_queue,
            "loop": loop,
            "latency": latency,
            "backlog": no_queue,
        }
    )
