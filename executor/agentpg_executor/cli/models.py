"""`agentpg models`: what is known of models, their limits and prices, and how to update it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._database import connected_client, database_url
from ._failure import CliError, usage
from ._parser import Commands, add_output, command, group
from ._screen import Screen
from ._shapes import document
from ._table import fields, table
from ._words import count
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.rows import DictRow

_EXAMPLE = (
    '[{"id": "...", "prices": [{"effective_on": "2026-10-07", '
    '"input_usd": 2, "output_usd": 10, "cache_read_usd": 0.1}]}]'
)

_QUERY = """
select m.id, m.lifecycle, m.max_input_tokens, m.max_output_tokens, m.retires_on, m.updated_on,
  p.input_usd, p.output_usd, p.cache_read_usd, p.effective_on
from agentpg.models m
left join lateral (
  select p.input_usd, p.output_usd, p.cache_read_usd, p.effective_on
  from agentpg.model_prices p
  where p.model = m.id and p.above_prompt_tokens = 0 and p.speed = 'standard'
    and p.effective_on <= (agentpg.now() at time zone 'utc')::date
  order by p.effective_on desc
  limit 1
) p on true
order by m.id
"""


def add(commands: Commands) -> None:
    own = group(commands, "models", "list models and their prices, or update them")
    listed = command(own, "list", list_models, "known models; prices in USD per million tokens")
    add_output(listed, "table", "json")
    shown = command(own, "show", show_model, "all that is known of one model")
    shown.add_argument("model", metavar="MODEL", help="for example claude-sonnet-5-5")
    add_output(shown, "text", "json")
    exported = command(own, "export", export_models, "models and prices as JSON, as update takes them")
    exported.add_argument("model", metavar="MODEL", nargs="?", help="only this one")
    updated = command(own, "update", update_models, "add or change models and their prices")
    updated.add_argument("--file", required=True, help=f"JSON, - for stdin: {_EXAMPLE}".replace("%", "%%"))
    updated.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    add_output(updated, "table", "json")


def list_models(arguments: argparse.Namespace, screen: Screen) -> int:
    with _connected(arguments) as connection:
        rows: list[dict[str, Any]] = connection.execute(_QUERY).fetchall()
    if arguments.output == "json":
        screen.data(document(models=rows))
        return ExitCode.DONE
    shown = [
        [
            row["id"],
            *(_amount(row[price]) for price in ("input_usd", "output_usd", "cache_read_usd")),
            f"{row['max_input_tokens'] or 0:,}",
            f"{row['lifecycle']}, retires {row['retires_on']}" if row["retires_on"] else row["lifecycle"],
        ]
        for row in rows
    ]
    headings = ("model", "input $", "output $", "read $", "context", "lifecycle")
    screen.data(table(screen.out, headings, shown, right=(1, 2, 3, 4)))
    screen.hint("other models work too, unpriced; add them: agentpg models update --file FILE")
    return ExitCode.DONE


def show_model(arguments: argparse.Namespace, screen: Screen) -> int:
    model: dict[str, Any] = _export(arguments, arguments.model)["models"][0]
    if arguments.output == "json":
        screen.data(document(model=model))
        return ExitCode.DONE
    prices: list[dict[str, Any]] = model.pop("prices")
    pairs = [
        (key.replace("_", " "), ", ".join(value) if isinstance(value, list) else _said(value))  # pyright: ignore[reportUnknownArgumentType]
        for key, value in model.items()
    ]
    screen.data(fields(screen.out, pairs))
    if not prices:
        screen.hint("it has no price: what its calls cost is not known")
        return ExitCode.DONE
    amounts = ("input_usd", "output_usd", "cache_write_5m_usd", "cache_write_1h_usd", "cache_read_usd")
    rows = [
        [
            price["effective_on"],
            price["speed"],
            f"above {price['above_prompt_tokens']:,}" if price["above_prompt_tokens"] else "any",
            *(f"{price[amount]:g}" for amount in (*amounts, "batch_ratio")),
            ", ".join(f"{place} {ratio:g}" for place, ratio in price["geo_ratios"].items()),
        ]
        for price in prices
    ]
    headings = (
        "from",
        "speed",
        "prompt",
        "input $",
        "output $",
        "write 5m",
        "write 1h",
        "read",
        "batch",
        "geo",
    )
    screen.data()
    screen.data(table(screen.out, headings, rows, right=(3, 4, 5, 6, 7, 8)))
    return ExitCode.DONE


def export_models(arguments: argparse.Namespace, screen: Screen) -> int:
    screen.data(json.dumps(_export(arguments, arguments.model), indent=2, ensure_ascii=False))
    return ExitCode.DONE


def update_models(arguments: argparse.Namespace, screen: Screen) -> int:
    from ._model_changes import differences

    models = _read(arguments.file)
    with (
        connected_client(arguments) as client,
        _connected(arguments) as conn,
        conn.transaction(force_rollback=arguments.dry_run),
    ):
        before = client.export_models(conn=conn)
        given = client.upsert_models(models, conn=conn)
        changes = differences(before, client.export_models(conn=conn))
    if arguments.output == "json":
        rows = [
            {"what": what, "was": was or None, "becomes": becomes or None} for what, was, becomes in changes
        ]
        screen.data(document(dry_run=arguments.dry_run, entries=given, changes=rows))
        return ExitCode.DONE
    if changes:
        rows_shown = [list(change) for change in changes]
        screen.data(table(screen.out, ("what", "was", "becomes"), rows_shown))
    done = "would be" if arguments.dry_run else "are"
    screen.note(f"{count(given, 'entry', 'entries')} read; {count(len(changes), 'value')} {done} changed")
    return ExitCode.DONE


def _read(file: str) -> list[Any] | dict[str, Any]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        models: Any = json.loads(text)
    except (OSError, ValueError) as error:
        raise usage(
            f"cannot read models from {file!r}", why=str(error), next=f"write JSON like {_EXAMPLE}"
        ) from error
    if not isinstance(models, list | dict):
        raise usage(
            f"there are no models in {file!r}",
            why="models come as an array, or as agentpg models export writes them",
            next=f"write JSON like {_EXAMPLE}",
        )
    return models  # pyright: ignore[reportUnknownVariableType]


def _export(arguments: argparse.Namespace, model: str | None) -> dict[str, Any]:
    with connected_client(arguments) as client:
        exported = client.export_models(model)
    if model is not None and not exported["models"]:
        raise CliError(
            ExitCode.NOT_FOUND,
            f"nothing is known of model {model!r}",
            why="it may be used all the same, unpriced",
            next="agentpg models list",
        )
    return exported


@contextmanager
def _connected(arguments: argparse.Namespace) -> Generator[Connection[DictRow]]:
    from psycopg import Connection
    from psycopg.rows import DictRow, dict_row

    url = database_url(arguments)
    with Connection[DictRow].connect(url, row_factory=dict_row, connect_timeout=10) as connection:
        yield connection


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _amount(value: Any) -> str:
    return "" if value is None else f"{value.normalize():f}"
