"""Ceilings on what sessions and tenants may use, from Python and from the command line."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from agentpg import AsyncClient, Client, RunOptions
from agentpg.errors import InvalidArgument, InvalidLimit, SessionNotFound
from agentpg_executor.cli import main


def test_a_ceiling_is_set_changed_listed_and_removed(database: Any) -> None:
    with Client(database) as client:
        session_id = client.new_session(metadata={"tenant_id": "acme"})
        set_ = client.set_budget(tenant_id="acme", max_cost_usd=Decimal("1.5"), period=timedelta(days=1))
        assert set_ is not None
        assert (set_.scope, set_.tenant_id, set_.max_cost_usd) == (
            "tenant",
            "acme",
            Decimal("1.5"),
        )
        client.set_budget(session_id=session_id, max_tokens=10)
        changed = client.set_budget(session_id=session_id, max_tokens=20)
        assert changed is not None
        assert changed.max_tokens == 20
        assert {(b.scope, b.max_tokens, b.period) for b in client.list_budgets()} == {
            ("tenant", None, timedelta(days=1)),
            ("session", 20, None),
        }
        assert client.set_budget(tenant_id="acme") is None
        assert [b.scope for b in client.list_budgets()] == ["session"]


def test_what_makes_no_sense_is_refused(database: Any) -> None:
    with Client(database) as client:
        with pytest.raises(InvalidArgument):
            client.set_budget(max_tokens=1)
        with pytest.raises(InvalidLimit):
            client.set_budget(tenant_id="acme", max_tokens=-1)
        with pytest.raises(InvalidLimit):
            client.list_budgets(max_count=0)
        with pytest.raises(SessionNotFound):
            client.set_budget(session_id="01a204de-5f30-7182-822d-d3c7dcbde580", max_tokens=1)


async def test_a_run_says_which_limit_it_would_break(database: Any) -> None:
    async with AsyncClient(database) as client:
        agent = await client.create_agent("dear", model="claude-sonnet-4-5")
        session_id = await client.new_session()
        options = RunOptions(max_cost_usd=Decimal("0.25"), max_tokens=5000, max_depth=2)
        run_id = await client.run_fast(session_id, agent.id, "Hello?", options=options)
        run = await client.get_run(run_id)
        assert run.options == {"max_cost_usd": 0.25, "max_tokens": 5000, "max_depth": 2}


def test_the_command_line_sets_and_lists(database: Any, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("DATABASE_URL", str(database))
    assert main(["budgets", "list"]) == 0
    assert "no ceilings" in capsys.readouterr().err
    assert main(["budgets", "set", "--tenant", "acme", "--max-cost", "2.5", "--per-days", "1"]) == 0
    assert main(["budgets", "list"]) == 0
    shown = capsys.readouterr().out
    assert "tenant acme" in shown
    assert "2.5" in shown
    assert "1 day" in shown
    assert main(["budgets", "list", "--output", "json"]) == 0
    assert '"tenant_id": "acme"' in capsys.readouterr().out
    assert main(["budgets", "set", "--tenant", "acme"]) == 0
    assert main(["budgets", "set", "--tenant", "acme", "--max-tokens", "1", "--per-days", "0"]) == 2
