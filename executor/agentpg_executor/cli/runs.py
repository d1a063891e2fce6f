"""`agentpg runs`: list, show, tree, cancel, resume; continue and regenerate are in `_turns`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ._database import connected_client, database_url
from ._failure import CliError
from ._ids import agent, run_id, session_id, shortened
from ._parser import Commands, add_output, command, group, positive
from ._screen import Screen
from ._shapes import document, line
from ._table import Cell, table
from ._turns import add_turns
from ._words import STATE_STYLES, age, count, dollars
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from agentpg import Run

STATES = (
    "pending", "batch_submitting", "batch_pending", "batch_processing", "streaming", "pending_tools",
    "awaiting_input", "completed", "cancelled", "failed",
)  # fmt: skip


def add(commands: Commands) -> None:
    own = group(commands, "runs", "list, show, cancel, continue and regenerate runs")
    listed = command(own, "list", list_runs, "runs, newest first")
    listed.add_argument("--state", choices=STATES, metavar="STATE", help="one of: " + ", ".join(STATES))
    listed.add_argument("--agent", metavar="AGENT", help="only those of this agent (name or id)")
    listed.add_argument("--session", metavar="ID", help="only those of this session")
    listed.add_argument("--before", metavar="ID", help="the next page: runs older than this one")
    listed.add_argument("--limit", metavar="N", type=positive(int), default=20, help="rows (default: 20)")
    add_output(listed, "table", "json", "jsonl")
    shown = command(own, "show", show_run, "one run: answer, tool calls, timeline, what it waits for")
    shown.add_argument("run", metavar="ID", help="the run's id, or the beginning of it")
    add_output(shown, "text", "json")
    below = command(own, "tree", show_tree, "a run, the runs of its delegates, and what each of them used")
    below.add_argument("run", metavar="ID", help="the run's id, or the beginning of it")
    add_output(below, "text", "json", "jsonl")
    cancelled = command(own, "cancel", cancel_runs, "cancel runs and all runs below them")
    cancelled.add_argument("runs", metavar="ID", nargs="+", help="ids, or the beginnings of them")
    cancelled.add_argument("--reason", help="kept with the run")
    add_turns(own)
    resumed = command(
        own, "resume", resume_parked, "let parked runs go on, once key, bill or permission is mended"
    )
    resumed.add_argument("--model", help="only those of this model")


def list_runs(arguments: argparse.Namespace, screen: Screen) -> int:
    from agentpg import RunState

    with connected_client(arguments) as client:
        runs = client.list_runs(
            session_id=session_id(client, arguments.session) if arguments.session else None,
            agent_id=agent(client, arguments.agent).id if arguments.agent else None,
            state=RunState(arguments.state) if arguments.state else None,
            before=run_id(client, arguments.before) if arguments.before else None,
            max_count=arguments.limit + 1,
        )
    more, runs = len(runs) > arguments.limit, runs[: arguments.limit]
    if arguments.output == "jsonl":
        for run in runs:
            screen.data(line(run))
    elif arguments.output == "json":
        screen.data(document(runs=runs, next_before=runs[-1].id if more else None))
    elif runs:
        screen.data(_table(runs, screen))
    _say_next(arguments, screen, runs, more)
    return ExitCode.DONE


def _table(runs: list[Run], screen: Screen) -> str:
    short = shortened(run.id for run in runs)
    rows: list[list[Cell | str]] = [
        [
            short(run.id),
            Cell(run.state.value, STATE_STYLES.get(run.state.value, ())),
            run.agent_name or "",
            f"{run.usage.total_input + run.usage.output_tokens:,}",
            dollars(run.cost_usd) if run.iteration_count else "",
            age(run.created_at),
            run.prompt or "",
        ]
        for run in runs
    ]
    headings = ("run", "state", "agent", "tokens", "cost", "created", "prompt")
    return table(screen.out, headings, rows, right=(3, 4, 5))


def _say_next(arguments: argparse.Namespace, screen: Screen, runs: list[Run], more: bool) -> None:
    if not runs:
        screen.hint('no runs here; start one: agentpg run AGENT "prompt"')
        return
    if more:
        given = [
            f" --{name} {value}"
            for name in ("state", "agent", "session")
            if (value := getattr(arguments, name)) is not None
        ]
        limit = f" --limit {arguments.limit}" if arguments.limit != 20 else ""
        screen.hint(f"more: agentpg runs list{''.join(given)}{limit} --before {runs[-1].id}")
    screen.hint(f"look into one: agentpg runs show {runs[0].id}")


def show_run(arguments: argparse.Namespace, screen: Screen) -> int:
    from ._run_page import run_page

    with connected_client(arguments) as client:
        wanted = run_id(client, arguments.run)
        run = client.get_run(wanted)
        calls = client.get_run_tool_calls(wanted)
        timeline = client.run_timeline(wanted)
        waiting = None if run.state.is_terminal else client.why_waiting(wanted)
    if arguments.output == "json":
        screen.data(document(run=run, tool_calls=calls, timeline=timeline, waiting=waiting))
        return ExitCode.DONE
    screen.data(run_page(screen.out, run, calls, timeline, waiting))
    screen.hint(f"the conversation: agentpg sessions show {run.session_id}")
    if any(call.child_run_id for call in calls):
        screen.hint(f"the runs of its delegates: agentpg runs tree {run.id}")
    if run.batch_id is not None:
        screen.hint(f"its batch: agentpg batches show {run.batch_id}")
    if run.state == "awaiting_input":
        screen.hint(f"go on: agentpg runs continue {run.id}")
    if not run.state.is_terminal:
        screen.hint(f"stop it: agentpg runs cancel {run.id}")
    return ExitCode.DONE


def show_tree(arguments: argparse.Namespace, screen: Screen) -> int:
    from ._run_tree import tree_table

    with connected_client(arguments) as client:
        wanted = run_id(client, arguments.run)
        nodes = client.run_tree(wanted)
    if arguments.output == "jsonl":
        for node in nodes:
            screen.data(line(node))
    elif arguments.output == "json":
        screen.data(document(runs=nodes))
    else:
        screen.data(tree_table(screen.out, nodes))
        screen.hint(f"look into one: agentpg runs show {nodes[-1].run_id}")
        if nodes[0].finalized_at is None:
            screen.hint(f"stop all of it: agentpg runs cancel {wanted}")
    return ExitCode.DONE


def resume_parked(arguments: argparse.Namespace, screen: Screen) -> int:
    import psycopg

    with psycopg.connect(database_url(arguments), autocommit=True, connect_timeout=10) as connection:
        row = connection.execute("select agentpg.resume_parked(model => %s)", (arguments.model,)).fetchone()
    models = 0 if row is None else int(row[0])
    screen.note(f"{count(models, 'queue')} of runs go on" if models else "nothing was parked")
    screen.hint("watch them: agentpg runs list --state pending")
    return ExitCode.DONE


def cancel_runs(arguments: argparse.Namespace, screen: Screen) -> int:
    ended: list[str] = []
    with connected_client(arguments) as client:
        wanted = [run_id(client, text) for text in arguments.runs]
        for one in wanted:
            if client.cancel_run(one, reason=arguments.reason):
                screen.data(str(one))
            else:
                ended.append(f"{one} ({client.get_run(one).state})")
    if ended:
        raise CliError(
            ExitCode.CONFLICT,
            f"{count(len(ended), 'run')} had ended already",
            why=", ".join(ended),
            next=f"agentpg runs show {ended[0].split()[0]}",
        )
    return ExitCode.DONE
