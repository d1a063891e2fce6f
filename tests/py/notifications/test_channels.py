"""The five channels carry the payload keys of the reference, after the commit, and never content."""

from __future__ import annotations

import pytest
from fixtures.actors import Stage
from psycopg import errors

from .conftest import Listener

ANSWER = "select answer(reply_text('A secret.'))"
CALL = "select answer(reply_tool_use('toolu_1', 'lookup', '{\"secret\": 1}'))"


def ids(stage: Stage) -> dict[str, str]:
    return {name: str(stage.id(name, of)) for name, of in (("run", "run"), ("session", "session"))} | {
        "agent": str(stage.id("agent", "assistant"))
    }


def test_a_created_run_is_announced_with_its_ids(stage: Stage, listener: Listener) -> None:
    stage.ask("select given_run(prompt => 'A secret.')")
    known = ids(stage)
    assert listener.heard() == [
        (
            "run_created",
            {
                "run_id": known["run"],
                "session_id": known["session"],
                "agent_id": known["agent"],
                "run_mode": "streaming",
                "parent_run_id": None,
                "depth": 0,
            },
        )
    ]


def test_many_runs_of_one_call_are_announced_once(stage: Stage, listener: Listener) -> None:
    stage.ask(
        "select count(*) from agentpg.create_runs(agent_id(), "
        """'[{"prompt": "A secret."}, {"prompt": "Another one."}, {"prompt": "A third."}]')"""
    )
    assert listener.heard() == [
        (
            "run_created",
            {
                "run_id": None,
                "session_id": None,
                "agent_id": str(stage.id("agent", "assistant")),
                "run_mode": "streaming",
                "parent_run_id": None,
                "depth": 0,
                "runs": 3,
            },
        )
    ]
    stage.ask("select given_run()")
    assert len(listener.heard()) == 1, "single runs are announced as before"


def test_each_change_of_state_is_announced_and_the_end_twice(stage: Stage, listener: Listener) -> None:
    stage.ask("select given_run()")
    known = ids(stage)
    listener.heard()
    stage.ask("select claim_one()")
    stage.ask(ANSWER)

    def state(new: str, old: str) -> tuple[str, dict[str, object]]:
        return "run_state", {
            "run_id": known["run"],
            "session_id": known["session"],
            "agent_id": known["agent"],
            "state": new,
            "previous_state": old,
            "parent_run_id": None,
        }

    ended = {
        "run_id": known["run"],
        "session_id": known["session"],
        "state": "completed",
        "parent_run_id": None,
        "parent_tool_execution_id": None,
    }
    assert listener.heard() == [
        state("streaming", "pending"),
        state("completed", "streaming"),
        ("run_finalized", ended),
    ]


def test_a_pending_call_is_announced_and_the_end_of_a_turn(stage: Stage, listener: Listener) -> None:
    stage.ask("select given_run()")
    stage.ask("select claim_one()")
    stage.ask(CALL.replace("))", "), claim_tools => false)"))
    pending = {
        "execution_id": str(stage.ask("select tool_execution_id('toolu_1')")),
        "run_id": ids(stage)["run"],
        "tool_name": "lookup",
        "is_agent_tool": False,
        "agent_id": None,
    }
    assert listener.heard("tool_pending") == [("tool_pending", pending)]
    stage.ask("select claim_tool()")
    assert listener.heard("tool_pending", "tools_complete") == []
    stage.ask("select finish_tool('toolu_1')")
    assert listener.heard("tools_complete") == [("tools_complete", {"run_id": ids(stage)["run"]})]


def test_a_call_claimed_with_the_answer_wakes_nobody(stage: Stage, listener: Listener) -> None:
    stage.ask("select given_run()")
    stage.ask("select claim_one()")
    stage.ask(CALL)
    assert listener.heard("tool_pending") == []


def test_what_is_undone_is_not_announced(stage: Stage, listener: Listener) -> None:
    actor = stage.actor()
    actor.begin()
    actor.do("select given_run()")
    assert listener.heard() == []
    actor.rollback()
    assert listener.heard() == []


def test_no_payload_holds_what_was_said(stage: Stage, listener: Listener) -> None:
    stage.ask("select given_run(prompt => 'A secret.')")
    stage.ask("select claim_one()")
    stage.ask(CALL)
    stage.ask("select finish_tool('toolu_1', '\"a secret\"', claim_next => true)")
    stage.ask(ANSWER)
    heard = listener.heard()
    assert len(heard) >= 7
    assert "secret" not in repr(heard)


RUNNABLE = {
    "retried": [
        "select 1 from agentpg.record_failure(iteration_id(), run_lease(), '{\"status\": 500}', interval '0')"
    ],
    "released": ["select agentpg.release_runs(instance_id())"],
    "rescued": ["select advance('1 minute')", "select maintain()"],
    "of an instance that left": ["select agentpg.deregister_instance(instance_id())"],
    "continued": ["select answer(reply_text('x', 'pause_turn'))"],
    "after its last tool": [CALL, "select finish_tool('toolu_1')"],
    "after an unknown tool": ["select answer(reply_tool_use('toolu_1', 'unheard_of'))"],
}


@pytest.mark.parametrize("level", ["all", "wakeups"])
@pytest.mark.parametrize("path", RUNNABLE.values(), ids=RUNNABLE.keys())
def test_every_return_to_pending_wakes_executors(
    stage: Stage, listener: Listener, path: list[str], level: str
) -> None:
    stage.ask(f'select agentpg.configure(\'{{"notifications": "{level}"}}\')')
    stage.ask("select given_run()")
    stage.ask("select claim_one()")
    listener.heard()
    for statement in path:
        stage.ask(statement)
    assert ids(stage)["run"] in [
        payload["run_id"] for _, payload in listener.heard("run_state") if payload["state"] == "pending"
    ]


@pytest.mark.parametrize("level", ["all", "wakeups"])
def test_the_end_of_a_run_wakes_its_waiters_and_those_who_may_take_the_next(
    stage: Stage, listener: Listener, level: str
) -> None:
    stage.ask(f'select agentpg.configure(\'{{"notifications": "{level}"}}\')')
    stage.ask("select given_run()")
    stage.ask("select given_run('next')")
    stage.ask("select claim_one()")
    listener.heard()
    stage.ask(ANSWER)
    heard = [(channel, payload["run_id"], payload["state"]) for channel, payload in listener.heard()]
    assert ("run_finalized", str(stage.id("run", "run")), "completed") in heard
    assert ("run_state", str(stage.id("run", "next")), "pending") in heard


TOOL_RUNNABLE = {
    "retried": "select 1 from agentpg.fail_tool(tool_execution_id('toolu_1'), tool_lease('toolu_1'), 'x')",
    "snoozed": "select agentpg.snooze_tool(tool_execution_id('toolu_1'), tool_lease('toolu_1'), '0')",
    "released": "select agentpg.release_tools(instance_id())",
}


@pytest.mark.parametrize("statement", TOOL_RUNNABLE.values(), ids=TOOL_RUNNABLE.keys())
def test_every_return_of_a_call_wakes_executors(stage: Stage, listener: Listener, statement: str) -> None:
    stage.ask("select given_run()")
    stage.ask("select claim_one()")
    stage.ask(CALL)
    listener.heard()
    stage.ask(statement)
    assert [channel for channel, _ in listener.heard()] == ["tool_pending"]


def test_wakeups_leave_out_what_wakes_nobody(stage: Stage, listener: Listener) -> None:
    stage.ask('select agentpg.configure(\'{"notifications": "wakeups"}\')')
    stage.ask("select given_run()")
    stage.ask("select given_run('behind')")
    assert [payload["run_id"] for _, payload in listener.heard()] == [str(stage.id("run", "run"))]
    stage.ask("select claim_one()")
    assert listener.heard() == []
    stage.ask("select answer(reply_text('x', 'max_tokens'))")
    assert [channel for channel, _ in listener.heard("run_finalized")] == ["run_finalized"]


def test_a_run_that_waits_for_input_and_a_cancelled_one_wake_their_waiters(
    stage: Stage, listener: Listener
) -> None:
    stage.ask('select agentpg.configure(\'{"notifications": "wakeups"}\')')
    stage.ask("select given_run()")
    stage.ask("select claim_one()")
    listener.heard()
    stage.ask("select answer(reply_text('x', 'max_tokens'))")
    assert [payload["state"] for _, payload in listener.heard("run_state")] == ["awaiting_input"]
    stage.ask("select agentpg.cancel_run(run_id())")
    assert [payload["state"] for _, payload in listener.heard("run_state", "run_finalized")] == [
        "cancelled",
        "cancelled",
    ]


def test_off_is_off(stage: Stage, listener: Listener) -> None:
    stage.ask('select agentpg.configure(\'{"notifications": "off"}\')')
    stage.ask("select given_run()")
    stage.ask("select claim_one()")
    stage.ask(ANSWER)
    assert listener.heard() == []


def test_with_notifications_off_a_run_may_be_created_in_two_phases(stage: Stage, listener: Listener) -> None:
    """Postgres prepares no transaction that has notified."""
    caller = stage.actor()
    caller.begin()
    caller.do("select given_run('refused')")
    with pytest.raises(errors.FeatureNotSupported):
        caller.do("prepare transaction 'refused'")
    stage.ask('select agentpg.configure(\'{"notifications": "off"}\')')
    caller.begin()
    caller.do("select given_run()")
    caller.do("prepare transaction 'both'")
    caller.do("commit prepared 'both'")
    assert stage.state() == "pending"
    assert listener.heard() == []


@pytest.mark.parametrize(
    ("end", "state"),
    [
        ("select agentpg.cancel_run(run_id())", "cancelled"),
        (
            "select agentpg.record_failure(iteration_id(), run_lease(), '{\"status\": 400}')",
            "failed",
        ),
    ],
)
def test_a_run_that_is_cancelled_or_fails_is_announced_past_the_gate(
    stage: Stage, listener: Listener, end: str, state: str
) -> None:
    """Its worker has nothing else to tell it soon."""
    stage.ask("select given_run()")
    stage.ask("select claim_one()")
    listener.heard()
    committing = stage.actor()
    committing.begin()
    for channel in ("agentpg_run_state", "agentpg_run_finalized"):
        committing.do("select pg_advisory_xact_lock(1095189584, hashtext(%(channel)s))", channel=channel)
    stage.ask(end)
    assert [(channel, payload["state"]) for channel, payload in listener.heard()] == [
        ("run_state", state),
        ("run_finalized", state),
    ]
    committing.commit()


def test_one_notifying_transaction_a_channel_is_in_flight(stage: Stage, listener: Listener) -> None:
    """The gate that keeps group commit: who finds it taken goes without, and nothing waits."""
    committing = stage.actor()
    committing.begin()
    committing.do("select pg_advisory_xact_lock(1095189584, hashtext('agentpg_run_created'))")
    stage.ask("select given_run('r1', session => 's1')")
    assert listener.heard() == []
    committing.commit()
    stage.ask("select given_run('r2', session => 's2')")
    assert [payload["run_id"] for _, payload in listener.heard()] == [str(stage.id("run", "r2"))]


def test_a_long_transaction_keeps_nobody_else_from_being_heard(stage: Stage, listener: Listener) -> None:
    """A run is announced when its transaction commits, and the gate is taken no earlier."""
    slow, quick = stage.actor(), stage.actor()
    slow.begin()
    slow.do("select given_run('r1', session => 's1')")
    slow.do("select agentpg.cancel_run(run_id('r1'))")
    quick.do("select given_run('r2', session => 's2')")
    quick.do("select agentpg.cancel_run(run_id('r2'))")
    r2 = str(stage.id("run", "r2"))
    assert {(channel, payload["run_id"]) for channel, payload in listener.heard()} == {
        ("run_created", r2),
        ("run_state", r2),
        ("run_finalized", r2),
    }
    slow.commit()
    r1 = str(stage.id("run", "r1"))
    assert {(channel, payload["run_id"]) for channel, payload in listener.heard()} == {
        ("run_created", r1),
        ("run_state", r1),
        ("run_finalized", r1),
    }
