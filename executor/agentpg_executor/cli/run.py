"""`agentpg run AGENT "prompt"`: one run, streamed, or handed to the fleet."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ._claude import can_call_claude, no_key
from ._database import checked_url, connected_client, database_url
from ._failure import CliError, one_line, usage
from ._ids import agent, session_id
from ._packages import EXECUTOR, need
from ._parser import Commands, add_output, command, positive
from ._screen import Screen
from ._secret import add_secret, secrets_of
from ._shapes import document
from ._tools import HELP, load_tools
from ._words import count, dollars
from .agents import json_object, text_argument
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from agentpg import Agent, Client, Response

_DESCRIPTION = """\
Starts a run and shows its answer: on a terminal as it streams, elsewhere at its end. With the executor extra
and an API key the run is served by this process; otherwise it waits for the fleet (agentpg worker).
Ctrl-C detaches: the run stays in the database and goes on with the fleet.
With --batch every model call costs half and is part of a batch: minutes to hours, served by the fleet."""


@dataclass(slots=True)
class Order:
    """What is to be run."""

    agent: Agent
    session_id: UUID
    prompt: str
    options: dict[str, Any]
    batch: bool


def add(commands: Commands) -> None:
    parser = command(commands, "run", run, "one run of an agent, streamed", description=_DESCRIPTION)
    parser.add_argument("agent", metavar="AGENT", help="its name, or the beginning of its id")
    parser.add_argument("prompt", metavar="PROMPT", nargs="?", help="what comes in by stdin is added to it")
    parser.add_argument("--session", metavar="ID", help="go on with this session (default: a new one)")
    parser.add_argument("--tools", metavar="MODULE", action="append", default=[], help=HELP)
    add_secret(parser)
    parser.add_argument("--model", help="this model instead of the agent's, for this run")
    parser.add_argument(
        "--system", metavar="TEXT", help="these instructions instead of the agent's; @FILE reads them"
    )
    parser.add_argument("--variables", metavar="JSON", help="an object that the run's tools can read")
    parser.add_argument(
        "--schema", metavar="FILE", help="the answer is JSON that fits the JSON Schema in this file"
    )
    parser.add_argument(
        "--timeout", metavar="SECONDS", type=positive(float), help="exit code 124 after this long"
    )
    parser.add_argument("--detach", action="store_true", help="print the run's id and do not wait")
    parser.add_argument(
        "--batch",
        action="store_true",
        help="half the price, no hurry: in a batch, by the fleet",
    )
    parser.add_argument(
        "--stream-after-turns",
        metavar="N",
        type=positive(int),
        help="with --batch: stream the rest after N model calls",
    )
    parser.add_argument(
        "--stream-from", metavar="TIME", help="with --batch: stream what no batch holds by then (ISO 8601)"
    )
    parser.add_argument("--fleet", action="store_true", help="leave the run to the fleet, key or no key")
    add_output(parser, "text", "json")


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    url = checked_url(database_url(arguments))
    _check_batch(arguments)
    secrets = secrets_of(arguments.secret)
    prompt = read_prompt(arguments.prompt)
    with connected_client(arguments) as client:
        order = _order(client, arguments, prompt)
        if arguments.detach:
            return _detach(client, order, screen)
    tools = local_tools(arguments.tools, fleet=arguments.fleet or arguments.batch)
    from agentpg import RunWaitTimeout

    from ._ask import asking
    from ._async import run_async

    started: list[UUID] = []

    async def ask() -> Response:
        async with asking(
            url, screen, tools=tools, secrets=secrets, quiet=arguments.output == "json"
        ) as here:
            run_id = await here.start(
                order.session_id, order.agent.id, order.prompt, batch=order.batch, **order.options
            )
            started.append(run_id)
            if order.batch:
                screen.hint(f"run {run_id} waits for a batch; Ctrl-C leaves it waiting")
                screen.hint("meanwhile, elsewhere: agentpg batches watch")
            response = await here.finish(run_id, within=arguments.timeout)
            if arguments.output == "text":
                here.view.answer(response)
            return response

    try:
        response = run_async(ask)
    except (KeyboardInterrupt, RunWaitTimeout, CliError):
        _say_detached(started, screen)
        raise
    if arguments.output == "json":
        from ._shapes import plain

        screen.data(document(**plain(response)))
    code = finish(response, order.agent, screen)
    if arguments.schema is not None:
        _output(response)
    return code


def _schema(path: str | None) -> dict[str, Any] | None:
    return None if path is None else json_object(text_argument(f"@{path}", "--schema"), "--schema")


def _output(response: Response) -> Any:
    from agentpg import OutputInvalid

    try:
        return response.parsed
    except OutputInvalid as error:
        raise CliError(
            ExitCode.RUN_FAILED,
            "the answer is not JSON",
            why=error.hint or one_line(error.message),
            next=f"agentpg runs show {response.run_id}",
        ) from error


def local_tools(names: Sequence[str], *, fleet: bool) -> list[Any] | None:
    """The tools of an executor in this process, or None where there can be none."""
    if fleet or not (names or can_call_claude()):
        return None
    need("run --tools", *EXECUTOR)
    if not can_call_claude():
        raise no_key("agentpg worker --tools-only, beside a fleet that has one")
    return load_tools(names)


def _check_batch(arguments: argparse.Namespace) -> None:
    if arguments.batch and arguments.tools:
        raise usage(
            "--batch and --tools do not go together",
            why="a run in batch mode is served by the fleet, and so are its tool calls",
            next="agentpg worker --tools MODULE --max-batches 2, and agentpg run --batch beside it",
        )
    if not arguments.batch and (arguments.stream_after_turns or arguments.stream_from):
        raise usage(
            "--stream-after-turns and --stream-from are for runs in batch mode",
            why="this run streams from its first model call on",
            next="add --batch, or leave them out",
        )


def _order(client: Client, arguments: argparse.Namespace, prompt: str) -> Order:
    from ._ask import run_options

    wanted = agent(client, arguments.agent)
    session = session_id(client, arguments.session) if arguments.session else client.new_session()
    options = {
        "options": run_options(
            arguments.model,
            text_argument(arguments.system, "--system"),
            output_schema=_schema(arguments.schema),
            stream_after_turns=arguments.stream_after_turns,
            stream_from=arguments.stream_from,
        ),
        "variables": json_object(arguments.variables, "--variables"),
    }
    return Order(wanted, session, prompt, options, arguments.batch)


def read_prompt(given: str | None) -> str:
    """The prompt, with what comes in by a pipe or a file added to it."""
    piped = ""
    if sys.stdin is not None and not sys.stdin.isatty():
        kind = os.fstat(sys.stdin.fileno()).st_mode
        if stat.S_ISFIFO(kind) or stat.S_ISREG(kind) or stat.S_ISSOCK(kind):
            piped = sys.stdin.read().rstrip("\n")
    prompt = "\n\n".join(part for part in (given, piped) if part)
    if not prompt.strip():
        raise usage(
            "there is no prompt",
            why="none was given, and nothing came in by stdin",
            next='agentpg run AGENT "prompt"',
        )
    return prompt


def _detach(client: Client, order: Order, screen: Screen) -> int:
    create = client.run if order.batch else client.run_fast
    run_id = create(order.session_id, order.agent.id, order.prompt, **order.options)
    screen.data(str(run_id))
    screen.hint(f"look: agentpg runs show {run_id}")
    return ExitCode.DONE


def _say_detached(started: Sequence[UUID], screen: Screen) -> None:
    for run_id in started:
        screen.note()
        screen.hint("detached; the run stays in the database and goes on with the fleet (agentpg worker)")
        screen.hint(f"stop it: agentpg runs cancel {run_id}")
        screen.hint(f"look: agentpg runs show {run_id}")


def finish(response: Response, asked: Agent, screen: Screen) -> int:
    """Says how it ended, and raises what stands for an end that is not the answer's own."""
    spent = count(response.usage.total_input + response.usage.output_tokens, "token")
    screen.hint(f"{response.state}: {spent}, {dollars(response.cost_usd)}, run {response.run_id}")
    error = failure_of(response, asked)
    if error is not None:
        raise error
    if response.stop_reason == "refusal":
        screen.hint("the model declined to answer (stop reason refusal)")
    screen.hint(f'go on: agentpg run {asked.name} --session {response.session_id} "prompt"')
    return ExitCode.DONE


def failure_of(response: Response, asked: Agent) -> CliError | None:
    """The error that stands for how a run ended, None if it came to its end."""
    from ._outcome import exit_code

    code = exit_code(response.state.value, response.error_type)
    if code is ExitCode.DONE:
        return None
    if code is ExitCode.WAITING:
        cut = response.stop_reason == "max_tokens"
        return CliError(
            code,
            f"the run stopped before its end ({response.stop_reason}) and waits for input",
            why="its answer was cut at the agent's max_tokens" if cut else "the model did not end its turn",
            next=f"agentpg runs continue {response.run_id}",
        )
    reasons = [reason for reason in (response.error_type, response.error_message) if reason]
    return CliError(
        code,
        "the run was cancelled" if response.state == "cancelled" else "the run failed",
        why=one_line(": ".join(reasons)) or f"it is {response.state}",
        next=f"agentpg runs show {response.run_id}",
    )
