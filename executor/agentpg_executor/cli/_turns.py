"""`agentpg runs continue` and `regenerate`, and `agentpg sessions fork`: turns that are taken up again."""

from __future__ import annotations

import argparse

from ._database import connected_client
from ._ids import run_id, session_id
from ._parser import Commands, command, positive
from ._screen import Screen
from .agents import json_object
from .exit_codes import ExitCode


def add_turns(runs: Commands) -> None:
    """The commands about the turn of a run."""
    continued = command(runs, "continue", continue_run, "send on a run that waits for input")
    continued.add_argument("run", metavar="ID", help="the run's id, or the beginning of it")
    continued.add_argument(
        "prompt",
        metavar="PROMPT",
        nargs="?",
        help="what to tell it (default: what the API needs, if anything)",
    )
    continued.add_argument(
        "--max-iterations", metavar="N", type=positive(int), help="model calls it may make from here on"
    )
    continued.add_argument(
        "--max-tokens", metavar="N", type=positive(int), help="tokens of the whole run, instead of its limit"
    )
    continued.add_argument(
        "--max-cost", metavar="USD", type=positive(float), help="cost of the whole run, instead of its limit"
    )
    continued.add_argument(
        "--deadline", metavar="TIME", help="it fails unless it has ended by then (ISO 8601)"
    )
    again = command(
        runs,
        "regenerate",
        regenerate_run,
        "run an ended run again: the last one of its session in its place, others on a fork",
    )
    again.add_argument("run", metavar="ID", help="the run's id, or the beginning of it")
    again.add_argument("--model", help="with this model")
    again.add_argument("--options", metavar="JSON", help="run options that go over those it had")


def add_fork(sessions: Commands) -> None:
    """The command about the turns of a session."""
    forked = command(
        sessions, "fork", fork_session, "a new session that goes on from a place in this one, nothing copied"
    )
    forked.add_argument("session", metavar="ID", help="the session's id, or the beginning of it")
    forked.add_argument(
        "--at",
        metavar="SEQ",
        type=int,
        help="the last message it begins with (default: the last that ends a turn)",
    )
    forked.add_argument("--metadata", metavar="JSON", help="instead of the metadata of its origin")


def continue_run(arguments: argparse.Namespace, screen: Screen) -> int:
    options = {
        "max_iterations": arguments.max_iterations,
        "max_tokens": arguments.max_tokens,
        "max_cost_usd": arguments.max_cost,
        "deadline": arguments.deadline,
    }
    given = {name: value for name, value in options.items() if value is not None}
    with connected_client(arguments) as client:
        wanted = run_id(client, arguments.run)
        client.continue_run(wanted, arguments.prompt, options=given)
    screen.data(str(wanted))
    screen.hint("it goes on with the fleet (agentpg worker)")
    screen.hint(f"look: agentpg runs show {wanted}")
    return ExitCode.DONE


def regenerate_run(arguments: argparse.Namespace, screen: Screen) -> int:
    options = json_object(arguments.options, "--options") or {}
    if arguments.model is not None:
        options["model"] = arguments.model
    with connected_client(arguments) as client:
        wanted = run_id(client, arguments.run)
        old = client.get_run(wanted)
        new = client.get_run(client.regenerate_run(wanted, options=options))
    screen.data(str(new.id))
    if new.session_id != old.session_id:
        screen.hint(f"it was no longer the last turn: session {new.session_id} is a fork from before it")
    screen.hint("it waits for the fleet (agentpg worker)")
    screen.hint(f"look: agentpg runs show {new.id}")
    return ExitCode.DONE


def fork_session(arguments: argparse.Namespace, screen: Screen) -> int:
    metadata = json_object(arguments.metadata, "--metadata")
    with connected_client(arguments) as client:
        wanted = session_id(client, arguments.session)
        fork = client.get_session(client.fork_session(wanted, at_seq=arguments.at, metadata=metadata))
    screen.data(str(fork.id))
    screen.hint(f"it begins with the messages 1 to {fork.forked_at_seq} of {wanted}")
    screen.hint(f"go on: agentpg chat AGENT --session {fork.id}")
    return ExitCode.DONE
