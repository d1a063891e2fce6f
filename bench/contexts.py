"""Long contexts: what the next request costs in SQL, what a turn leaves behind, what the cache sees of it.

    .venv/bin/python bench/contexts.py [--messages 10,100,1000,10000] [--rounds 1000]

Starts a Postgres of its own, a fake Claude and an executor, all on this machine, and prints

- for a run in the middle of a loop of tools with so many messages: rows, pages and time of building its next
  request as a whole, and of what an executor lacks that holds the one before; warm, and cold after a restart
  of Postgres (the files stay in the cache of the operating system);
- the call that ends the tool and brings that request, on the wire and parsed, both ways in turns;
- bytes that a round of a loop leaves in each table and its indexes, beside those of its answer and result;
- the share of prompt tokens that the fake's prompt cache serves in a loop of 20 model calls as AgentPG sends
  it, and of the same loop with what spoils a cache put in by a hook.

It does not show a network, disks, several workers, or the API's own cache.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from agentpg import AsyncClient
from agentpg.migrate import migrate
from agentpg_executor.embedded import EmbeddedPostgres
from agentpg_executor.executor import Executor
from agentpg_executor.hooks import Hooks, ModelCall
from agentpg_executor.testing import FakeClaude, call
from agentpg_executor.tools import ToolRegistry, tool

MODEL = "claude-sonnet-5-5"
TOOL = {"name": "lookup", "description": "Looks a word up.", "input_schema": {"type": "object"}}
USAGE = {"input_tokens": 10, "output_tokens": 40}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "lookup", "input": {"word": "x" * 60}}
ANSWER = {
    "id": "msg_1",
    "role": "assistant",
    "content": [{"type": "text", "text": "Let me look that up. " * 5}, CALL],
    "stop_reason": "tool_use",
    "usage": USAGE,
}
RESULT = "It is written that " * 25
REPEATS = 15
RESTARTS = 3

# A loop as a worker goes through it. Other sessions write in between, so that its messages lie apart.
PROGRAM = """
create schema bench;
create table bench.at_work (run_id uuid, before agentpg.run_claim, claim agentpg.run_claim);
create sequence bench.others;
create procedure bench.go_round(
  instance_id uuid, run_id uuid, times integer, answer jsonb, result jsonb, other uuid
)
language plpgsql as $$
declare
  v_before agentpg.run_claim;
  v_claim agentpg.run_claim;
  v_tool agentpg.tool_claim;
begin
  select * into strict v_claim from agentpg.claim_runs(instance_id, run_ids => array[run_id]);
  for n in 1 .. times loop
    v_before := v_claim;
    select * into strict v_tool
    from agentpg.record_response(v_claim.iteration_id, v_claim.lease_token, answer);
    select * into strict v_claim from agentpg.complete_tool(
      v_tool.tool_execution_id, v_tool.lease_token, result, claim_next => true,
      known => jsonb_build_object('seq', v_claim.context_seq, 'checksum', v_claim.context_checksum)
    );
    if other is not null then
      insert into agentpg.messages (session_id, seq, role, content)
      select other, nextval('bench.others'), 'assistant', answer -> 'content' from generate_series(1, 8);
    end if;
    commit;
  end loop;
  insert into bench.at_work values (run_id, v_before, v_claim);
end
$$
"""


@dataclass
class Cost:
    rows: int
    pages: int
    warm: float
    cold: float = 0.0
    cold_pages: int = 0


@dataclass
class Loop:
    """A run that waits for the answer to its last model call; the two ways to build that call's request."""

    messages: int
    run_id: Any
    whole: str
    new: str
    known: str


class Bench:
    def __init__(self, postgres: EmbeddedPostgres, database: str) -> None:
        self.postgres = postgres
        self.database = database
        self.conn = self.connect()
        self.conn.execute(PROGRAM.encode())
        self.instance = self.one("select instance_id from agentpg.register_instance('bench')")
        self.one("select agentpg.register_tools(%s, %s)", self.instance, json.dumps([TOOL]))
        self.agent = self.one(
            f"select id from agentpg.create_agent('looper', '{MODEL}', tools => '{{lookup}}')"
        )

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.postgres.dsn(self.database), autocommit=True)

    def restart(self) -> None:
        self.conn.close()
        self.postgres.restart()
        self.conn = self.connect()

    def one(self, statement: str, *values: Any) -> Any:
        row = self.conn.execute(statement.encode(), values).fetchone()
        if row is None:
            raise SystemExit(f"no row from: {statement}")
        return row[0]

    def loop(self, messages: int, *, apart: bool = True) -> Loop:
        session = self.one("select agentpg.create_session()")
        other = self.one("select agentpg.create_session()") if apart else None
        options = json.dumps({"max_iterations": 1_000_000, "auto_compaction": False})
        run = self.one(
            "select agentpg.create_run(%s, %s, 'Begin.', options => %s)", session, self.agent, options
        )
        self.conn.execute(
            b"call bench.go_round(%s, %s, %s, %s, %s, %s)",
            (self.instance, run, messages // 2, json.dumps(ANSWER), json.dumps(RESULT), other),
        )
        known = self.one(
            "select jsonb_build_object('seq', (before).context_seq, 'checksum', (before).context_checksum)"
            " from bench.at_work where run_id = %s",
            run,
        )
        build = "select {} from agentpg.runs r where r.id = '" + str(run) + "'"
        return Loop(
            1 + 2 * (messages // 2),
            run,
            build.format("agentpg._build_request(r)"),
            build.format(f"(agentpg._hand_out_run(r, '{json.dumps(known)}')).request"),
            json.dumps(known),
        )

    def cost(self, statement: str) -> Cost:
        for _ in range(10):
            self.conn.execute(statement.encode()).fetchall()
        rows = self.rows_read(statement)
        found = [self.explained(statement) for _ in range(REPEATS)]
        return Cost(rows, found[-1][1], statistics.median(seconds for seconds, _ in found))

    def rows_read(self, statement: str) -> int:
        query = (
            "select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)"
            " from pg_stat_xact_user_tables where relname = 'messages'"
        )
        with self.conn.transaction(force_rollback=True):
            before = self.one(query)
            self.conn.execute(statement.encode()).fetchall()
            return int(self.one(query) - before)

    def explained(self, statement: str) -> tuple[float, int]:
        """Seconds, and pages looked at."""
        found = self.one(f"explain (analyze, buffers, timing off, format json) {statement}")[0]
        plan = found["Plan"]
        return found["Execution Time"] / 1000, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]

    def cold(self, loops: list[Loop], warm_up: Loop, way: str, costs: list[Cost]) -> None:
        """The first build after a restart, once the functions have been used in a short session."""
        seconds: list[list[float]] = [[] for _ in loops]
        for _ in range(RESTARTS):
            self.restart()
            for _ in range(10):
                self.conn.execute(getattr(warm_up, way).encode()).fetchall()
            for index, loop in enumerate(loops):
                found = self.one(f"explain (analyze, buffers, timing off, format json) {getattr(loop, way)}")[
                    0
                ]
                seconds[index].append(found["Execution Time"] / 1000)
                costs[index].cold_pages = found["Plan"]["Shared Read Blocks"]
        for cost, times in zip(costs, seconds, strict=True):
            cost.cold = statistics.median(times)

    def ending(self, loop: Loop) -> tuple[float, float, int, int]:
        """Seconds of complete_tool with the request as a whole and with the new messages; bytes of both."""
        claim = "(select (claim).{} from bench.at_work where run_id = '" + str(loop.run_id) + "')"
        now = json.dumps(
            self.one(
                "select jsonb_build_object('seq', (claim).context_seq, 'checksum', (claim).context_checksum)"
                " from bench.at_work where run_id = %s",
                loop.run_id,
            )
        )
        times: dict[bool, list[float]] = {True: [], False: []}
        sizes: dict[bool, int] = {}
        with self.conn.transaction(force_rollback=True):
            tool_id, token = self.conn.execute(
                f"select tool_execution_id, lease_token from agentpg.record_response("
                f"{claim.format('iteration_id')}, {claim.format('lease_token')}, %s)".encode(),
                (json.dumps(ANSWER),),
            ).fetchone() or (None, None)
            for _ in range(REPEATS):
                for holds in (False, True):
                    with self.conn.transaction(force_rollback=True):
                        began = time.perf_counter()
                        request = self.one(
                            "select request from agentpg.complete_tool(%s, %s, %s,"
                            " claim_next => true, known => %s)",
                            tool_id, token, json.dumps(RESULT), now if holds else None,
                        )  # fmt: skip
                        times[holds].append(time.perf_counter() - began)
                    sizes[holds] = len(json.dumps(request))
                    # Not within the next measurement: a large one takes its time to go.
                    del request
        return statistics.median(times[False]), statistics.median(times[True]), sizes[False], sizes[True]

    def stored(self, rounds: int) -> list[tuple[str, float]]:
        """Bytes that a round leaves in each table, its indexes included."""
        query = (
            "select relname::text, pg_total_relation_size(oid) from pg_class"
            " where relnamespace = 'agentpg'::regnamespace and relkind = 'r'"
        )
        self.conn.execute(b"vacuum")
        before = dict(self.conn.execute(query.encode()).fetchall())
        self.loop(2 * rounds, apart=False)
        self.conn.execute(b"vacuum")
        after = dict(self.conn.execute(query.encode()).fetchall())
        grown = [(name, (after[name] - before[name]) / rounds) for name in after]
        return sorted([each for each in grown if each[1] >= 1], key=lambda each: -each[1])


@tool
def lookup(word: str) -> str:
    """Looks a word up."""
    return f"{word}: " + "it is written that this word was never written before. " * 30


@tool
def count(words: list[str], language: str = "en", upper: bool = False, limit: int = 10) -> int:
    """Counts words of a language, in upper case or not, up to a limit."""
    return len(words)


@tool
def translate(text: str, source: str, target: str, formal: bool = True) -> str:
    """Translates a text from one language into another, formally or not."""
    return text


SYSTEM = "You are careful with words, look every one of them up, and say what you found and where. " * 60
Spoil = Callable[[dict[str, Any], random.Random], None]


def reorder_tools(request: dict[str, Any], chance: random.Random) -> None:
    chance.shuffle(request["tools"])


def reorder_keys(request: dict[str, Any], chance: random.Random) -> None:
    for definition in request["tools"]:
        keys = list(definition["input_schema"]["properties"].items())
        chance.shuffle(keys)
        definition["input_schema"]["properties"] = dict(keys)


def tell_the_time(request: dict[str, Any], chance: random.Random) -> None:
    request["system"] = f"It is {time.time_ns()}. {request['system']}"


def drop_the_mark(request: dict[str, Any], chance: random.Random) -> None:
    del request["cache_control"]


CARE: list[tuple[str, Spoil | None]] = [
    ("as AgentPG sends it", None),
    ("without the mark (prompt_caching off)", drop_the_mark),
    ("the tools in another order each time", reorder_tools),
    ("the keys of their schemas in another order", reorder_keys),
    ("the time in the system prompt", tell_the_time),
]


async def cache_share(
    dsn: str, fake: FakeClaude, spoil: Spoil | None, calls: int = 20
) -> tuple[int, int, float]:
    """Prompt tokens of a loop of so many model calls, those read from the cache, and the price in USD."""
    chance = random.Random(7)

    def before_model_call(given: ModelCall) -> dict[str, Any]:
        if spoil is not None:
            spoil(given.request, chance)
        return given.request

    fake.script([*(call("lookup", word=f"word {n}") for n in range(calls - 1)), "That was all."])
    tools = [lookup, count, translate]
    async with AsyncClient(dsn) as client:
        with psycopg.connect(dsn, autocommit=True) as conn:
            definitions = json.dumps(ToolRegistry(tools).definitions())
            conn.execute(b"select agentpg.register_tools(null, %s)", (definitions,))
            agent = await client.create_agent(
                f"reader {time.time_ns()}", model=MODEL, system_prompt=f"{SYSTEM}{time.time_ns()}",
                tools=[each.name for each in tools],
            )  # fmt: skip
            async with Executor(
                dsn,
                tools=tools,
                api_key=fake.api_key,
                base_url=fake.base_url,
                hooks=Hooks(before_model_call=before_model_call),
            ):
                session = await client.new_session()
                run_id = await client.run_fast(
                    session, agent.id, "Look them up.", options={"max_iterations": calls}
                )
                await client.wait_for_run(run_id, timeout=120)
            row = conn.execute(
                b"select sum(input_tokens + cache_creation_input_tokens + cache_read_input_tokens)::bigint,"
                b" sum(cache_read_input_tokens)::bigint, sum(cost_usd)::float8, count(*)"
                b" from agentpg.iterations where run_id = %s",
                (run_id,),
            ).fetchone()
    if row is None or row[3] != calls:
        raise SystemExit(f"the loop did not go as it should: {row}")
    return row[0], row[1], row[2]


def show_requests(bench: Bench, sizes: list[int]) -> None:
    warm_up = bench.loop(12)
    loops = [bench.loop(size) for size in sizes]
    bench.conn.execute(b"vacuum analyze")
    print("building the next request, in SQL: messages read, pages of 8 kB, milliseconds")
    print(f"{'messages':>9} {'':5} {'rows':>7} {'pages':>6} {'warm':>8} {'cold':>8} {'pages read':>10}")
    costs = {way: [bench.cost(getattr(loop, way)) for loop in loops] for way in ("whole", "new")}
    for way, found in costs.items():
        bench.cold(loops, warm_up, way, found)
    for index, loop in enumerate(loops):
        for way, found in costs.items():
            cost = found[index]
            print(
                f"{loop.messages:9,} {way:5} {cost.rows:7,} {cost.pages:6,} {1000 * cost.warm:8.2f}"
                f" {1000 * cost.cold:8.2f} {cost.cold_pages:10,}"
            )
    print("\nthe end of a tool that brings it, at the client and parsed: milliseconds, bytes of the request")
    print(f"{'messages':>9} {'whole':>9} {'new':>9} {'ratio':>7} {'bytes':>11} {'bytes':>7}")
    for loop in loops:
        whole, new, all_bytes, new_bytes = bench.ending(loop)
        print(
            f"{loop.messages:9,} {1000 * whole:9.2f} {1000 * new:9.2f} {whole / new:7.1f}"
            f" {all_bytes:11,} {new_bytes:7,}"
        )


def show_storage(bench: Bench, rounds: int) -> None:
    found = bench.stored(rounds)
    payload = len(json.dumps(ANSWER)) + len(json.dumps(RESULT))
    print(f"\nbytes that a round leaves ({payload} of them are its answer and its result, as JSON)")
    for name, size in found:
        print(f"{name:20} {size:8,.0f}")
    print(f"{'all':20} {sum(size for _, size in found):8,.0f}")


def show_cache(dsn: str) -> None:
    print("\na loop of 20 model calls: prompt tokens, read from the cache, USD")
    with FakeClaude.in_thread() as fake:
        for name, spoil in CARE:
            total, read, usd = asyncio.run(cache_share(dsn, fake, spoil))
            print(f"{name:45} {total:9,} {read / total:7.1%} {usd:8.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--messages", default="10,100,1000,10000")
    parser.add_argument("--rounds", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "data") as postgres:
        dsn = postgres.createdb("bench")
        migrate(dsn)
        bench = Bench(postgres, "bench")
        print(bench.one("select version()").split(" on ")[0])
        show_requests(bench, [int(size) for size in options.messages.split(",")])
        show_storage(bench, options.rounds)
        show_cache(dsn)
        bench.conn.close()


if __name__ == "__main__":
    main()
