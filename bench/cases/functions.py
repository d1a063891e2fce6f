"""One hot function alone, called by pgbench: each transaction is one call, or a group of 16.

`notifications` is the setting of that name; somebody listens to what executors listen to. `bare` is what the
calls are held against: one row of 1 KB inserted and one updated by its key, in one call of a function.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from bench.noop_model import TEXT
from bench.product import make_agent, make_backlog
from bench.subject import Subject

GROUP = 16
"""What `record_responses` and `complete_tools` are given at once; counted is each of them."""
CHANNELS = ("agentpg_run_created", "agentpg_run_state", "agentpg_tool_pending")
ANSWER: dict[str, Any] = {
    "id": "msg_1",
    "role": "assistant",
    "content": [{"type": "text", "text": TEXT}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 10, "output_tokens": 5},
}
CALL: dict[str, Any] = {
    **ANSWER,
    "content": [*ANSWER["content"], {"type": "tool_use", "id": "toolu_1", "name": "noop", "input": {}}],
    "stop_reason": "tool_use",
}

SCHEMA = """
create schema held;
create sequence held.next cache 1;
create table held.wide (id bigint generated always as identity primary key, payload text);
create table held.narrow (id int primary key, n int) with (fillfactor = 50);
insert into held.narrow select n, 0 from generate_series(1, 1000) n;
create table held.sessions (n bigint primary key, id uuid);
create table held.runs (n bigint primary key, iteration_id uuid, lease_token uuid);
create table held.tools (n bigint primary key, id uuid, lease_token uuid);
create table held.groups (
  responses jsonb, outputs jsonb, known jsonb, texts text[], numbers int[], flags boolean[]
);
create function held.bare(payload text, id int) returns void language plpgsql as $$
begin
  insert into held.wide (payload) values (bare.payload);
  update held.narrow as r set n = r.n + 1 where r.id = bare.id;
end $$;
"""
CLAIM = """
insert into held.runs
select row_number() over () + (select count(*) from held.runs), c.iteration_id, c.lease_token
from agentpg.claim_runs(%s, max_count => 500) c
"""
ASK_GROUP = """
insert into held.groups
select jsonb_agg(%s::jsonb), jsonb_agg(%s::text), jsonb_agg(null::text),
  array_agg(null::text), array_agg(null::int), array_agg(false)
from generate_series(1, %s)
"""
ASK = """
insert into held.tools select h.n, t.tool_execution_id, t.lease_token
from held.runs h cross join lateral agentpg.record_response(h.iteration_id, h.lease_token, %s::jsonb) t
"""
GROUPED = (
    "select count(*) from (select nextval('held.next') as n, h.* from held.groups h offset 0) s"
    " cross join lateral ("
    "select array_agg(h.{id}) as ids, array_agg(h.lease_token) as tokens from held.{held} h"
    " where h.n > (s.n - 1) * jsonb_array_length(s.outputs) and h.n <= s.n * jsonb_array_length(s.outputs)) g"
    " cross join lateral agentpg.{call};"
)

SCRIPTS = {
    "bare": "\\set id random(1, 1000)\nselect held.bare('{wide}', :id);",
    "create_run": (
        "select agentpg.create_run(s.id, '{agent}', 'Go.') from held.sessions s"
        " where s.n = (select nextval('held.next'));"
    ),
    "claim_runs": "select count(*) from agentpg.claim_runs('{instance}', max_count => 1);",
    "record_response": (
        "select count(*) from held.runs h cross join lateral"
        " agentpg.record_response(h.iteration_id, h.lease_token, '{call}'::jsonb)"
        " where h.n = (select nextval('held.next'));"
    ),
    "complete_tool": (
        "select count(*) from held.tools h cross join lateral"
        " agentpg.complete_tool(h.id, h.lease_token, '\"{text}\"', claim_next => true)"
        " where h.n = (select nextval('held.next'));"
    ),
    "record_responses": GROUPED.format(
        held="runs",
        id="iteration_id",
        call="record_responses(g.ids, g.tokens, s.responses, s.texts, s.numbers)",
    ),
    "complete_tools": GROUPED.format(
        held="tools", id="id", call="complete_tools(g.ids, g.tokens, s.outputs, s.flags, s.known)"
    ),
}


class Bench:
    def __init__(self, subject: Subject, conn: psycopg.Connection[Any]) -> None:
        self._subject = subject
        self._conn = conn
        self._function = str(subject.parameters["function"])
        self._clients = subject.number("clients")
        group = GROUP if self._function in ("record_responses", "complete_tools") else 1
        self.each = max(1, subject.number("calls") // self._clients // group)
        self.calls = self.each * self._clients * group
        self._agent = ""
        self._instance = ""

    def prepare(self) -> None:
        """As many leases, sessions or runs as there will be calls."""
        conn, dsn = self._conn, self._subject.dsn
        conn.execute(SCHEMA)
        self._agent = make_agent(dsn)
        row = conn.execute(
            "select instance_id from agentpg.register_instance("
            "'bench', max_concurrent_runs => 1000000, max_concurrent_tools => 1000000)"
        ).fetchone()
        assert row is not None
        self._instance = str(row[0])
        conn.execute(
            "select agentpg.register_tools(%s, (select jsonb_agg(definition) from agentpg.tools))", row
        )
        settings = {
            "notifications": self._subject.parameters["notifications"],
            "lease_ttl": "1 hour",
            "instance_ttl": "2 hours",
        }
        conn.execute("select agentpg.configure(%s)", [json.dumps(settings)])
        if self._function == "create_run":
            conn.execute(
                "insert into held.sessions select n, agentpg.create_session() from generate_series(1, %s) n",
                [self.calls],
            )
        elif self._function != "bare":
            make_backlog(dsn, self._agent, self.calls)
            while self._function != "claim_runs" and conn.execute(CLAIM, [self._instance]).rowcount:
                pass
            if self._function.startswith("complete_tool"):
                conn.execute(ASK, [json.dumps(CALL)])
            conn.execute(ASK_GROUP, [json.dumps(CALL), TEXT, GROUP])
        conn.execute("vacuum analyze")

    def run(self) -> None:
        script = SCRIPTS[self._function]
        for name, value in (
            ("{wide}", "x" * 1024),
            ("{agent}", self._agent),
            ("{instance}", self._instance),
            ("{call}", json.dumps(CALL)),
            ("{text}", TEXT),
        ):
            script = script.replace(name, value)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "script.sql"
            file.write_text(script + "\n")
            command = [
                str(Path(self._subject.parameters["bindir"]) / "pgbench"), "-n", "-M", "prepared",
                "-c", str(self._clients), "-j", "2", "-t", str(self.each), "-f", str(file), self._subject.dsn,
            ]  # fmt: skip
            self._subject.start()
            answer = subprocess.run(command, capture_output=True, text=True, check=False)
            said = re.search(r"^tps = ([0-9.]+)", answer.stdout, re.MULTILINE)
            if answer.returncode != 0 or said is None:
                raise SystemExit(answer.stderr[-2000:] + answer.stdout[-500:])
            # Connecting is not counted.
            self._subject.end(self.calls, seconds=self.each * self._clients / float(said[1]))


def main() -> None:
    subject = Subject.from_arguments()
    with psycopg.connect(subject.dsn, autocommit=True) as conn:
        bench = Bench(subject, conn)
        bench.prepare()
    with psycopg.connect(subject.dsn, autocommit=True) as listener:
        for channel in CHANNELS:
            listener.execute(f"listen {channel}".encode())
        bench.run()


if __name__ == "__main__":
    main()
