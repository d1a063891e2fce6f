"""The state diagrams of docs/architecture.md, from table agentpg.state_transitions."""

from __future__ import annotations

import re

from . import catalog
from .catalog import Connection

_BLOCK = re.compile(r"(<!-- states: (\w+) -->\n).*?(<!-- end of states -->)", re.DOTALL)


def fill(page: str, conn: Connection) -> str:
    """The page with the text between its markers made anew."""
    blocks = {
        "run_streaming": _diagram(conn, "run", without="batch_"),
        "run_batch": _diagram(conn, "run", only="batch_"),
        "run_table": _table(conn, "run"),
        "batch": _diagram(conn, "batch"),
        "batch_table": _table(conn, "batch"),
        "tool_execution": _diagram(conn, "tool_execution"),
        "tool_execution_table": _table(conn, "tool_execution"),
    }
    found = {match[2] for match in _BLOCK.finditer(page)}
    if found != set(blocks):
        raise ValueError(f"the page has state blocks {sorted(found)}, not {sorted(blocks)}")
    return _BLOCK.sub(lambda match: match[1] + blocks[match[2]] + match[3], page)


def _transitions(conn: Connection, machine: str) -> list[dict[str, str]]:
    kind = f"agentpg.{machine}_state"
    order = {
        row["label"]: place
        for place, row in enumerate(
            catalog.rows(
                conn,
                """
                select e.enumlabel::text as label from pg_enum e
                where e.enumtypid = %s::regtype order by e.enumsortorder
                """,
                [kind],
            )
        )
    }
    found = catalog.rows(
        conn,
        "select t.from_state, t.to_state, t.meaning from agentpg.state_transitions t where t.machine = %s",
        [machine],
    )
    return sorted(found, key=lambda row: (order[row["from_state"]], order[row["to_state"]]))


def _diagram(conn: Connection, machine: str, *, without: str = "", only: str = "") -> str:
    steps = _transitions(conn, machine)
    leaving = {step["from_state"] for step in steps}
    ends = [step["to_state"] for step in steps if step["to_state"] not in leaving]
    if machine == "batch":
        # Left only when the provider turns out to have accepted it after all.
        ends.append("abandoned")
    shown = [
        step
        for step in steps
        if not (without and without in step["from_state"] + step["to_state"])
        and not (only and only not in step["from_state"] + step["to_state"])
    ]
    first = "gathered" if machine == "batch" else "pending"
    lines = ["```mermaid", "stateDiagram-v2", f"  [*] --> {first}"]
    if machine == "tool_execution":
        lines += ["  [*] --> running", "  [*] --> awaiting_approval"]
    lines += [f"  {step['from_state']} --> {step['to_state']}" for step in shown]
    lines += [f"  {state} --> [*]" for state in dict.fromkeys(ends)]
    return "\n".join([*lines, "```", ""])


def _table(conn: Connection, machine: str) -> str:
    lines = ["| from | to | when |", "| --- | --- | --- |"]
    lines += [
        f"| `{step['from_state']}` | `{step['to_state']}` | {step['meaning']} |"
        for step in _transitions(conn, machine)
    ]
    return "\n".join(lines) + "\n"
