"""The parser of the command line, and the options that many commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

from ._failure import usage
from ._screen import Screen

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # pyright: ignore[reportPrivateUsage]
Handler = Callable[[argparse.Namespace, Screen], int]


class Parser(argparse.ArgumentParser):
    """Refuses in three lines, and takes no abbreviations: they would break when options are added."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        options.setdefault("allow_abbrev", False)
        super().__init__(**options)

    def error(self, message: str) -> NoReturn:
        line = " ".join(self.format_usage().split())
        raise usage(message, why=line, next=f"{self.prog} --help")


def command(
    commands: Commands,
    name: str,
    handler: Handler,
    help: str,
    *,
    description: str = "",
    database: bool = True,
) -> Parser:
    """Adds a command and its shared options."""
    parser = commands.add_parser(name, help=help, description=description or _sentence(help))
    parser.set_defaults(handler=handler, command=parser.prog.removeprefix("agentpg "))
    if database:
        add_database(parser)
    parser.add_argument("--no-color", action="store_true", help="no colour, as with NO_COLOR=1")
    return parser


def group(commands: Commands, name: str, help: str) -> Commands:
    """Adds a command that has commands of its own."""
    parser = commands.add_parser(name, help=help, description=_sentence(help))
    parser.set_defaults(group=parser, command=name)
    return parser.add_subparsers(title="commands", metavar="COMMAND", dest=f"{name}_command")


def add_database(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database-url", metavar="URL", help="the database (default: the environment variable DATABASE_URL)"
    )


def add_output(parser: argparse.ArgumentParser, *formats: str) -> None:
    parser.add_argument(
        "-o", "--output", choices=formats, default=formats[0], help=f"format (default: {formats[0]})"
    )


def positive(kind: type[int] | type[float]) -> Callable[[str], Any]:
    """A number above 0."""

    def read(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
        if not 0 < value < 10**9:
            raise argparse.ArgumentTypeError(f"{text} is not above 0")
        return value

    return read


def not_negative(text: str) -> float:
    """A number of 0 or more."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 <= value < 10**9:
        raise argparse.ArgumentTypeError(f"{text} is not 0 or more")
    return value


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
