"""`agentpg models`: what is known of models, their limits and prices, and how to update it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ._database import connected_client, database_url
from ._failure import usage
from ._parser import Commands, add_output, command, group
from ._screen import Screen
from ._shapes import document
from ._table import table
from .exit_codes import ExitCode

_EXAMPLE = (
    '[{"id": "...", "prices": [{"effective_on": "2026-10-07", '
    '"input_usd": 2, "output_usd": 10, "cache_read_usd": 0.1}]}]'
)

_QUERY = """
select m.id, m.lifecycle, m.max_input_tokens, m.max_output_tokens, m.retires_on, m.updated_on,
  p.input_usd, p.output_usd, p.effective_on
from agentpg.models m
left join lateral (
  select p.input_usd, p.output_usd, p.effective_on
  from agentpg.model_prices p
  where p.model = m.id and p.above_prompt_tokens = 0 and p.effective_on <= agentpg.now()::date
  order by p.effective_on desc
  limit 1
) p on true
order by m.id
"""


def add(commands: Commands) -> None:
    own = group(commands, "models", "list models and their prices, or update them")
    listed = command(own, "list", list_models, "known models; prices in USD per million tokens")
    add_output(listed, "table", "json")
    updated = command(own, "update", update_models, "add or replace models and their prices")
    updated.add_argument("--file", required=True, help=f"JSON, - for stdin: {_EXAMPLE}".replace("%", "%%"))


def list_models(arguments: argparse.Namespace, screen: Screen) -> int:
    from psycopg import Connection
    from psycopg.rows import DictRow, dict_row

    url = database_url(arguments)
    with Connection[DictRow].connect(url, row_factory=dict_row, connect_timeout=10) as connection:
        rows: list[dict[str, Any]] = connection.execute(_QUERY).fetchall()
    if arguments.output == "json":
        screen.data(document(models=rows))
        return ExitCode.DONE
    shown = [
        [
            row["id"],
            _amount(row["input_usd"]),
            _amount(row["output_usd"]),
            f"{row['max_input_tokens'] or 0:,}",
            f"{row['lifecycle']}, retires {row['retires_on']}" if row["retires_on"] else row["lifecycle"],
        ]
        for row in rows
    ]
    screen.data(
        table(screen.out, ("model", "input $", "output $", "context", "lifecycle"), shown, right=(1, 2, 3))
    )
    screen.hint("other models work too, unpriced; add them: agentpg models update --file FILE")
    return ExitCode.DONE


def update_models(arguments: argparse.Namespace, screen: Screen) -> int:
    try:
        text = sys.stdin.read() if arguments.file == "-" else Path(arguments.file).read_text()
        models: Any = json.loads(text)
    except (OSError, ValueError) as error:
        raise usage(
            f"cannot read models from {arguments.file!r}", why=str(error), next=f"write JSON like {_EXAMPLE}"
        ) from error
    if not isinstance(models, list):
        raise usage(
            "the file holds no JSON array", why="models come as an array", next=f"write JSON like {_EXAMPLE}"
        )
    with connected_client(arguments) as client:
        updated = client.upsert_models(models)  # pyright: ignore[reportUnknownArgumentType]
    screen.note(f"{updated} models updated")
    return ExitCode.DONE


def _amount(value: Any) -> str:
    return "" if value is None else f"{value.normalize():f}"
