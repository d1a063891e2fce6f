"""docs/reference/sql.md: the SQL surface, from `comment on` and the catalog of the deployed schema."""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import catalog
from .catalog import Connection, Function, Relation
from .table import table

GROUPS: dict[str, tuple[str, ...]] = {
    "Agents": (
        "create_agent", "get_or_create_agent", "update_agent", "delete_agent", "get_agent", "find_agent",
        "list_agents",
    ),
    "Sessions": (
        "create_session", "update_session", "fork_session", "delete_session", "get_session", "list_sessions",
        "export_session", "export_run", "import_session",
        "session_messages", "whole_content",
    ),
    "Runs": (
        "create_run", "create_runs", "get_run", "list_runs", "get_response", "finished_runs", "cancel_run",
        "continue_run", "regenerate_run", "run_tool_calls", "iteration_tool_calls", "run_iterations",
        "run_timeline", "run_tree", "why_waiting",
    ),
    "Compaction": (
        "compact", "compact_if_needed", "needs_compaction", "session_stats", "plan_compaction",
        "apply_compaction", "restore_compaction", "list_compactions", "compaction_defaults",
        "context_to_count", "record_context_count",
    ),
    "Approvals": ("list_approvals", "approve_tool", "reject_tool"),
    "Events": ("read_events", "watch_run", "publish_events"),
    "Executor: instances": (
        "register_instance", "register_tools", "heartbeat", "deregister_instance", "list_instances",
    ),
    "Executor: runs": (
        "claim_runs", "record_response", "record_responses", "record_failure", "record_abandoned",
        "release_runs",
    ),
    "Executor: tools": (
        "claim_tool_executions", "complete_tool", "complete_tools", "fail_tool", "snooze_tool",
        "request_approval", "release_tools",
    ),
    "Executor: batches": (
        "claim_batch", "start_batch_submission", "record_batch_submitted", "claim_batch_polls",
        "record_batch_status", "record_batch_results", "record_batch_ingested", "record_batch_candidates",
        "record_batch_proof", "claim_batch_cancellations", "record_batch_error", "release_batches",
    ),
    "Models and cost": ("upsert_models", "export_models", "costs", "prompt_warnings"),
    "Maintenance and configuration": (
        "run_maintenance", "resume_parked", "abandon_batch", "set_budget", "set_retention", "apply_retention",
        "configure",
        "grant_access", "schema_version", "now",
    ),
}  # fmt: skip

CHANNELS = {
    "agentpg_run_created": (
        "run_id, session_id, agent_id, run_mode, parent_run_id, depth",
        "A run was created. Wakes executors, unless the run has to wait for an earlier one of its session."
        " `create_runs` does it once for all with new sessions: `runs` says how many, run_id is null.",
    ),
    "agentpg_run_state": (
        "run_id, session_id, agent_id, state, previous_state, parent_run_id",
        "A run changed its state (but for the steps of its batch: a batch moves thousands at once, and nobody"
        " waits for those), or got its turn in its session. `pending` wakes executors, `awaiting_input`"
        " wakes waiting clients, `cancelled` and `failed` tell the worker that holds the run to stop.",
    ),
    "agentpg_run_finalized": (
        "run_id, session_id, state, parent_run_id, parent_tool_execution_id",
        "A run ended. Wakes waiting clients.",
    ),
    "agentpg_approval_requested": (
        "execution_id, run_id, tool_name",
        "A tool call waits for a person. Nothing holds it back, unless notifications are off.",
    ),
    "agentpg_tool_pending": (
        "execution_id, run_id, tool_name, is_agent_tool, agent_id",
        "A tool execution waits for a worker that offers the tool.",
    ),
    "agentpg_tools_complete": ("run_id", "The last open tool execution of a turn ended."),
    "agentpg_run_event": (
        "root_run_id, seq",
        "The event stream of a tree of runs has grown. Sent only while somebody watches it (`watch_run`).",
    ),
}

HEAD = """\
# SQL reference

<!-- Made by docs/build_reference.py from the deployed schema: edit the comments in sql/deploy instead. -->

Everything is in schema `agentpg`. Names that begin with `_` are internal and not listed. Call functions
with named notation: `agentpg.create_run(session_id => …, agent_id => …, prompt => …)`. Every function is
`security definer` (save `now`, `schema_version` and `grant_access`) and pins its `search_path`.

Access is the kind of role that [`grant_access`](#grant_access) lets call a function: `reader` looks,
`client` also starts and cancels runs, `executor` also works on them (a role can be both), `admin` may call
everything. Tables stay closed, but for the few that every role may read.
"""

TABLES = """\
How the schema keeps what it knows. Changes go through the functions: the tables refuse illegal ones, by
named constraints and triggers, even from their owner. `grant_access` lets every role read {readable}.
"""

ERRORS = """\
Refusals have SQLSTATEs of the private class `AP`. The error's `hint` names the fix where there is one; its
`detail` is JSON with the ids involved, such as `{"run_id": "…"}`. Table `agentpg.error_codes` is this list.
NUL bytes are refused by Postgres itself (22P05 in jsonb, 22021 in text).
"""

SETTINGS = """\
One row, table `agentpg.settings`. Change it with [`configure`](#configure), for example `select
agentpg.configure('{"lease_ttl": "30 seconds"}')`. Executors learn the intervals with their next heartbeat.
"""

NOTIFICATIONS = """\
Payloads are JSON with ids and states, never content. They are hints: at most one notifying transaction per
channel is in flight, so a notification may be left out while another one wakes the same listeners. Back
them with a poll. Setting `notifications` reduces or silences them.
"""


def render(conn: Connection) -> str:
    parts = [
        HEAD,
        _contents(),
        *_functions(conn),
        *_errors(conn),
        *_settings(conn),
        *_channels(conn),
        *_types(conn),
        *_relations("Views", "Every role with access may read them.\n", catalog.relations(conn, "v")),
        *_relations("Tables", TABLES.format(readable=_readable(conn)), catalog.relations(conn, "r")),
    ]  # fmt: skip
    return "\n".join(parts).rstrip() + "\n"


def _readable(conn: Connection) -> str:
    granted = catalog.granted_relations(conn)
    return ", ".join(f"`{each.name}`" for each in catalog.relations(conn, "r") if each.name in granted)


def _contents() -> str:
    names = [*GROUPS, "Errors", "Settings", "Notifications", "Types", "Views", "Tables"]
    return "\n".join(f"- [{name}](#{_anchor(name)})" for name in names) + "\n"


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9_ -]", "", title.lower()).replace(" ", "-")


def _functions(conn: Connection) -> Iterator[str]:
    known = catalog.public_functions(conn)
    listed = [name for group in GROUPS.values() for name in group]
    if sorted(listed) != sorted(known):
        raise ValueError(f"functions and groups differ in {sorted(set(listed) ^ set(known))}")
    plain = [name for name in listed if not known[name].security_definer]
    if sorted(plain) != ["grant_access", "now", "schema_version"]:
        raise ValueError(f"the head of the page says something else of {sorted(plain)}")
    access = catalog.access_of(conn)
    for group, names in GROUPS.items():
        yield f"## {group}\n"
        for name in names:
            yield _function(known[name], access.get(name, "owner"))


def _function(function: Function, access: str) -> str:
    lines = [f"### {function.name}", "", "```sql", _signature(function), "```", ""]
    lines += [_linked(function.comment), "", f"Access: {access}.", ""]
    return "\n".join(lines)


def _signature(function: Function) -> str:
    parameters = [
        f"{name} {kind}" + ("" if default is None else f" default {default}")
        for name, kind, default in function.parameters
    ]
    one_line = f"agentpg.{function.name}({', '.join(parameters)}) returns {function.result}"
    if len(one_line) <= 100:
        return one_line
    inside = ",\n".join(f"  {parameter}" for parameter in parameters)
    return f"agentpg.{function.name}(\n{inside}\n) returns {function.result}"


def _linked(comment: str) -> str:
    """The comment with its error codes as links into the table of errors."""
    return re.sub(r"\bAP\d{3}\b", lambda code: f"[{code[0]}](#errors)", _escaped(comment))


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _errors(conn: Connection) -> Iterator[str]:
    yield "## Errors\n"
    yield ERRORS
    found = catalog.rows(conn, "select * from agentpg.error_codes order by sqlstate")
    yield table(
        ["SQLSTATE", "name", "meaning"],
        ([f"`{row['sqlstate']}`", f"`{row['name']}`", row["meaning"]] for row in found),
    )


def _settings(conn: Connection) -> Iterator[str]:
    settings = next(each for each in catalog.relations(conn, "r") if each.name == "settings")
    yield "## Settings\n"
    yield SETTINGS
    yield table(
        ["setting", "type", "default", "meaning"],
        (
            [f"`{column['name']}`", column["type"], f"`{column['default']}`", column["comment"]]
            for column in settings.columns
            if column["name"] not in ("singleton", "updated_at")
        ),
    )
    yield "Rules, each a named constraint: " + ", ".join(f"`{name}`" for name in settings.checks) + ".\n"


def _channels(conn: Connection) -> Iterator[str]:
    sent = catalog.notified_channels(conn)
    if sent != set(CHANNELS):
        raise ValueError(f"channels sent and channels described differ in {sorted(sent ^ set(CHANNELS))}")
    yield "## Notifications\n"
    yield NOTIFICATIONS
    yield table(
        ["channel", "payload", "sent when"],
        (
            [f"`{name}`", ", ".join(f"`{key}`" for key in keys.split(", ")), meaning]
            for name, (keys, meaning) in CHANNELS.items()
        ),
    )


def _types(conn: Connection) -> Iterator[str]:
    yield "## Types\n"
    for enum in catalog.enums(conn):
        labels = ", ".join(f"`{label}`" for label in enum["labels"])
        yield f"### {enum['name']}\n\nEnum: {labels}. {enum['comment']}\n"
    for relation in catalog.relations(conn, "c"):
        yield f"### {relation.name}\n\n{_escaped(relation.comment)}\n"
        yield table(
            ["field", "type"], ([f"`{column['name']}`", column["type"]] for column in relation.columns)
        )


def _relations(title: str, intro: str, found: list[Relation]) -> Iterator[str]:
    yield f"## {title}\n\n{intro}"
    for relation in found:
        yield f"### {relation.name}\n\n{_escaped(relation.comment)}\n"
        if title == "Views":
            yield table(
                ["column", "type", "meaning"],
                ([f"`{c['name']}`", c["type"], c["comment"]] for c in relation.columns),
            )
            continue
        yield table(
            ["column", "type", "null", "default", "meaning"],
            (
                [
                    f"`{c['name']}`",
                    c["type"],
                    "yes" if c["nullable"] else "",
                    f"`{c['default']}`" if c["default"] else "",
                    c["comment"],
                ]
                for c in relation.columns
            ),
        )
        for key in relation.keys:
            yield f"- {key.lower()}"
        if relation.checks:
            yield "- checks: " + ", ".join(f"`{name}`" for name in relation.checks)
        for index in relation.indexes:
            yield f"- index `{index['name']}`: {_escaped(index['comment'])}"
        yield ""
