"""docs/reference/cli.md: the command line, from its parser and its exit codes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from agentpg_executor.cli import _main
from agentpg_executor.cli.exit_codes import MEANINGS

from .table import table

HEAD = """\
# Command line reference

<!-- Made by docs/build_reference.py from the parser in executor/agentpg_executor/cli. -->

`pip install agentpg` gives the command `agentpg`. Commands that call Claude or run tools need more, and say
what to install. Data goes to stdout, everything else to stderr; `NO_COLOR` is honoured. An error has three
lines: what is wrong, why, and the next command.
"""


def render() -> str:
    parser = _main.build_parser()
    parts = [HEAD, "## Commands\n", *_commands(parser), "## Exit codes\n", _exit_codes()]
    return "\n".join(parts).rstrip() + "\n"


def _commands(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                if child.get_default("handler") is not None:
                    yield _command(child)
                yield from _commands(child)


def _command(parser: argparse.ArgumentParser) -> str:
    shown = [action for action in parser._actions if action.help is not argparse.SUPPRESS]
    rows = [[_spelled(action), _explained(parser, action)] for action in shown if action.dest != "help"]
    lines = [f"### {parser.prog}", "", (parser.description or "").strip(), ""]
    if rows:
        lines.append(table(["argument", "meaning"], rows))
    return "\n".join(lines)


def _spelled(action: argparse.Action) -> str:
    value = action.metavar or (action.dest.upper() if action.option_strings else action.dest)
    if action.choices is not None and action.metavar is None:
        value = "{" + ",".join(str(choice) for choice in action.choices) + "}"
    if not action.option_strings:
        return f"`{value}`" + (" (may be left out)" if action.nargs in ("?", "*") else "")
    return ", ".join(
        f"`{option}`" if action.nargs == 0 else f"`{option} {value}`" for option in action.option_strings
    )


def _explained(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    return (action.help or "") % {**vars(action), "prog": parser.prog} if action.help else ""


def _exit_codes() -> str:
    return table(["code", "meaning"], ([f"`{int(code)}`", meaning] for code, meaning in MEANINGS.items()))
