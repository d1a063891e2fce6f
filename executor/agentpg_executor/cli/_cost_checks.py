"""The checks of `agentpg doctor` that look for money spent in vain."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from ._checks import OK, WARN, Finding, one
from ._words import count

_MANY_CALLS = 20
_HARDLY_ANY = 0.05
# Where the model's own minimum is not known: the largest that is.
_MINIMUM = 4096


def cache_hits(connection: Connection[DictRow]) -> Generator[Finding]:
    """Agents that call often with long prompts and read next to nothing from the cache."""
    query = """
        select c.name, c.calls, c.cache_hit_rate,
          p.tokens, a.config -> 'prompt_caching' = 'false' as off,
          (select w.fragment from agentpg.prompt_warnings(a.id) w order by w.changed desc limit 1) as fragment
        from agentpg.costs('agent', since => agentpg.now() - interval '7 days', max_count => 50) c
        join agentpg.agents a on a.id::text = c.key
        left join agentpg.models m on m.id = a.model
        cross join lateral (
          select (c.input_tokens + c.cache_write_5m_tokens + c.cache_write_1h_tokens + c.cache_read_tokens)
            / nullif(c.calls, 0) as tokens
        ) p
        where c.calls >= %(many)s and c.cache_hit_rate < %(hardly_any)s
          and p.tokens >= coalesce(m.cache_minimum_tokens, %(minimum)s)
        order by c.input_tokens desc
        limit 5
    """
    values = {"many": _MANY_CALLS, "hardly_any": _HARDLY_ANY, "minimum": _MINIMUM}
    rows: list[dict[str, Any]] = connection.execute(query.encode(), values).fetchall()
    for row in rows:
        why, fix = (
            "prompts differ from their first lines on, or come further apart than the cache lasts",
            ('config {"prompt_caching": "1h"}, or keep what changes at the end'),
        )
        if row["off"]:
            why, fix = "prompt_caching is false in its config", "leave it out of the config"
        elif row["fragment"] is not None:
            why = f"its system prompt changes from run to run: {row['fragment']}"
            fix = "put that into the prompt of the run: agentpg agents show " + row["name"]
        yield Finding(
            "prompt cache",
            WARN,
            f"agent {row['name']}: {row['cache_hit_rate']:.0%} of {row['tokens']:,} tokens a call"
            f" from the cache, in {count(row['calls'], 'call')}",
            why,
            fix,
        )
    if not rows:
        yield Finding("prompt cache", OK, "used by every agent that calls often with long prompts")


def changing_prompts(connection: Connection[DictRow]) -> Generator[Finding]:
    """System prompts with a date or an id that is another one in each run."""
    query = """
        select w.agent_name, string_agg(distinct w.kind || ' ' || w.fragment, ', ') as parts,
          max(w.prompts) as prompts, max(w.runs) as runs
        from agentpg.prompt_warnings() w
        where w.changed
        group by w.agent_id, w.agent_name
        order by max(w.runs) desc
        limit 5
    """
    for row in connection.execute(query.encode()).fetchall():
        yield Finding(
            "system prompts",
            WARN,
            f"agent {row['agent_name']}: {row['prompts']} of them in its last {count(row['runs'], 'run')}",
            f"each run pays for what stands behind the part that changes: {row['parts']}",
            "put that into the prompt of the run",
        )


def unpriced_calls(connection: Connection[DictRow]) -> Generator[Finding]:
    """Model calls of the last week that have no price."""
    row = one(
        connection,
        """
        select coalesce(sum(c.unpriced_calls), 0)::bigint as count,
          string_agg(c.key, ', ' order by c.unpriced_calls desc) as models
        from agentpg.costs(by => 'model', since => agentpg.now() - interval '7 days') c
        where c.unpriced_calls > 0
        """,
    )
    if row["count"]:
        yield Finding(
            "prices",
            WARN,
            f"{count(row['count'], 'call')} of the last 7 days without a price: {row['models']}",
            "sums with such a call in them have no cost, and limits in USD cannot hold",
            "agentpg models update --file FILE",
        )
