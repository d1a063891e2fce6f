"""`agentpg agents`: list, show, create."""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._database import connected_client
from ._failure import usage
from ._ids import agent, every_agent, shortened
from ._parser import Commands, add_output, command, group, positive
from ._screen import Screen
from ._shapes import document, line
from ._table import fields, table
from ._words import age, count, moment
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from agentpg import Agent, PromptWarning


def add(commands: Commands) -> None:
    own = group(commands, "agents", "list, show and create agents")
    listed = command(own, "list", list_agents, "agents, newest first")
    listed.add_argument("--metadata", metavar="JSON", help="only those whose metadata contains this object")
    listed.add_argument("--limit", metavar="N", type=positive(int), default=100, help="rows (default: 100)")
    add_output(listed, "table", "json", "jsonl")
    shown = command(own, "show", show_agent, "one agent's definition")
    shown.add_argument("agent", metavar="AGENT", help="its name, or the beginning of its id")
    add_output(shown, "text", "json")
    made = command(own, "create", create_agent, "create an agent and print its id")
    made.add_argument("name", metavar="NAME")
    made.add_argument("--model", required=True, help="for example claude-sonnet-5-5")
    made.add_argument(
        "--system", metavar="TEXT", help="the system prompt; @FILE reads it from a file, @- from stdin"
    )
    made.add_argument(
        "--tool",
        metavar="NAME",
        action="append",
        default=[],
        dest="tools",
        help="a registered tool (repeatable)",
    )
    made.add_argument(
        "--delegate",
        metavar="AGENT",
        action="append",
        default=[],
        dest="delegates",
        help="an agent it may give tasks to, by name or id (repeatable)",
    )
    made.add_argument("--description")
    made.add_argument("--max-tokens", metavar="N", type=positive(int))
    made.add_argument("--metadata", metavar="JSON", help='an object, for example {"tenant_id": "acme"}')
    made.add_argument(
        "--if-missing", action="store_true", help="an agent of this name and metadata is left as it is"
    )
    add_output(made, "id", "json")


def list_agents(arguments: argparse.Namespace, screen: Screen) -> int:
    with connected_client(arguments) as client:
        every = every_agent(client, metadata=json_object(arguments.metadata, "--metadata"))
        agents = list(itertools.islice(every, arguments.limit + 1))
    more, agents = len(agents) > arguments.limit, agents[: arguments.limit]
    if arguments.output == "jsonl":
        for one in agents:
            screen.data(line(one))
    elif arguments.output == "json":
        screen.data(document(agents=agents))
    elif agents:
        short = shortened(one.id for one in agents)
        names = {one.id: one.name for one in agents}
        rows = [
            [
                *(short(one.id), one.name, one.model, age(one.created_at), ", ".join(one.tools)),
                ", ".join(names.get(each) or str(each)[-8:] for each in one.agent_ids),
            ]
            for one in agents
        ]
        headings = ("agent", "name", "model", "created", "tools", "delegates")
        screen.data(table(screen.out, headings, rows, right=(3,)))
    if more:
        screen.hint(f"more: agentpg agents list --limit {arguments.limit * 2}")
    screen.hint(
        f'run one: agentpg run {agents[0].name} "prompt"'
        if agents
        else "no agents here; create one: agentpg agents create NAME --model claude-sonnet-5-5"
    )
    return ExitCode.DONE


def show_agent(arguments: argparse.Namespace, screen: Screen) -> int:
    with connected_client(arguments) as client:
        found = agent(client, arguments.agent)
        delegates = [client.get_agent_by_id(each) for each in found.agent_ids]
        warnings = client.prompt_warnings(found.id)
    if arguments.output == "json":
        screen.data(document(agent=found, prompt_warnings=warnings))
        return ExitCode.DONE
    screen.data(_page(found, delegates, screen))
    for warning in warnings:
        screen.note(_warned(warning))
    screen.hint(f"its runs: agentpg runs list --agent {found.name}")
    return ExitCode.DONE


def _page(found: Agent, delegates: Sequence[Agent], screen: Screen) -> str:
    sampling = {"temperature": found.temperature, "top_k": found.top_k, "top_p": found.top_p}
    given = ", ".join(f"{name} {value}" for name, value in sampling.items() if value is not None)
    return fields(
        screen.out,
        [
            ("agent", str(found.id)),
            ("name", found.name),
            ("description", found.description),
            ("model", found.model),
            ("max tokens", str(found.max_tokens) if found.max_tokens else None),
            ("sampling", given),
            ("tools", ", ".join(found.tools)),
            ("delegates to", ", ".join(f"{one.name} ({one.id})" for one in delegates)),
            ("metadata", json.dumps(found.metadata, ensure_ascii=False) if found.metadata else None),
            ("config", json.dumps(found.config, ensure_ascii=False) if found.config else None),
            ("version", str(found.version)),
            ("created", moment(found.created_at)),
            ("deleted", moment(found.deleted_at)),
            ("system", found.system_prompt),
        ],
    )


def _warned(warning: PromptWarning) -> str:
    said = f"the system prompt has a {warning.kind} in it, {warning.fragment!r}"
    if warning.kind == "text":
        said = f"the system prompt changes from {warning.fragment!r} on"
    if not warning.changed:
        return f"{said}: if it changes from run to run, all that follows is never read from the cache"
    return (
        f"{said} ({count(warning.prompts, 'prompt')} in {count(warning.runs, 'run')}): "
        "all that follows is paid in full each time; put it into the prompt of the run"
    )


def create_agent(arguments: argparse.Namespace, screen: Screen) -> int:
    definition: dict[str, Any] = {
        "model": arguments.model,
        "system_prompt": text_argument(arguments.system, "--system"),
        "tools": arguments.tools,
        "description": arguments.description,
        "max_tokens": arguments.max_tokens,
        "metadata": json_object(arguments.metadata, "--metadata"),
    }
    with connected_client(arguments) as client:
        definition["agents"] = [agent(client, text) for text in arguments.delegates]
        create = client.get_or_create_agent if arguments.if_missing else client.create_agent
        made: Agent = create(arguments.name, **definition)
    screen.data(document(agent=made) if arguments.output == "json" else str(made.id))
    screen.hint(f'run it: agentpg run {made.name} "prompt"')
    return ExitCode.DONE


def text_argument(value: str | None, option: str) -> str | None:
    """A text, or with `@` the contents of a file, or of stdin."""
    if value is None or not value.startswith("@"):
        return value
    if value == "@-":
        return sys.stdin.read()
    try:
        return Path(value[1:]).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise usage(
            f"{option}: cannot read {value[1:]!r}", why=str(error), next=f"{option} @FILE, or {option} TEXT"
        ) from error


def json_object(value: str | None, option: str) -> dict[str, Any] | None:
    """An argument that must be a JSON object."""
    if value is None:
        return None
    try:
        made: Any = json.loads(value)
    except ValueError as error:
        raise usage(
            f"{option} is not JSON", why=str(error), next=f'{option} \'{{"key": "value"}}\''
        ) from error
    if not isinstance(made, dict):
        raise usage(
            f"{option} is not a JSON object", why=f"it is {value}", next=f'{option} \'{{"key": "value"}}\''
        )
    return made  # pyright: ignore[reportUnknownVariableType]
