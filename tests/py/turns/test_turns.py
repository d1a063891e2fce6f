"""Forked, regenerated, continued and interrupted turns, with an executor and the fake Claude."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest
from agentpg import OnBusy, RunOptions, RunState
from agentpg.errors import (
    InvalidForkPoint,
    RunNotAwaitingInput,
    RunNotFinished,
    RunSuperseded,
    SessionBusy,
    UnknownOption,
)
from agentpg_executor.testing import (
    Gate,
    Turn,
    call,
    context_exceeded,
    empty,
    held,
    max_tokens_cut,
    pause,
    refusal,
    reply,
    server_call,
    thinking,
    unknown_stop,
)  # fmt: skip
from agentpg_executor.tools import tool
from executor.conftest import Workplace


@tool
def look(place: str) -> str:
    """Look there."""
    return f"nothing in {place}"


def seen(work: Workplace, number: int = -1) -> list[tuple[str, str]]:
    """What a request showed the model: who said it, and its text or the kinds of its blocks."""
    messages: list[dict[str, Any]] = work.fake.journal.messages[number].body["messages"]
    return [
        (message["role"], " ".join(block.get("text") or f"<{block['type']}>" for block in message["content"]))
        for message in messages
    ]


async def ask(work: Workplace, session: UUID, agent: UUID, prompt: str, **options: Any) -> UUID:
    """A run of the session, answered."""
    run_id = await work.client.run_fast(session, agent, prompt, **options)
    await work.end(run_id)
    return run_id


async def test_a_fork_and_its_origin_go_on_apart(work: Workplace):
    await work.started(look)
    agent, session = await work.agent(look), await work.client.new_session()
    work.fake.script([reply(thinking("Hm."), "Wait.", call("look", place="attic")), "Nothing there."])
    await ask(work, session, agent, "Where is it?")
    await ask(work, session, agent, "Sure?")

    fork = await work.client.fork_session(session, at_seq=4)
    await ask(work, fork, agent, "Look again!")
    assert seen(work) == [
        ("user", "Where is it?"),
        ("assistant", "<thinking> Wait. <tool_use>"),
        ("user", "<tool_result>"),
        ("assistant", "Nothing there."),
        ("user", "Look again!"),
    ]
    await ask(work, session, agent, "And now?")
    assert [said for _, said in seen(work)][-3:] == ["Sure?", "You said: Sure?", "And now?"]

    messages = await work.client.session_messages(fork)
    assert [message.seq for message in messages] == [1, 2, 3, 4, 5, 6]
    assert [message.session_id == fork for message in messages] == [False] * 4 + [True] * 2
    found = await work.client.get_session(fork)
    assert (found.forked_from_session_id, found.forked_at_seq) == (session, 4)


async def test_a_fork_inside_a_turn_is_told_where_to_cut(work: Workplace):
    await work.started(look)
    agent, session = await work.agent(look), await work.client.new_session()
    work.fake.script([call("look", place="attic"), "Nothing."])
    await ask(work, session, agent, "Where?")
    with pytest.raises(InvalidForkPoint) as caught:
        await work.client.fork_session(session, at_seq=3)
    assert caught.value.details["nearest_seq"] == 4


async def test_a_session_is_forked_while_a_run_of_it_is_under_way(work: Workplace):
    gate = Gate()
    agent, session = await work.agent(look), await work.client.new_session()
    await work.started(look)
    await ask(work, session, agent, "One?")
    work.fake.script([held("Two.", gate)])
    running = await work.client.run_fast(session, agent, "Two?")
    await gate.wait_reached()
    fork = await work.client.fork_session(session)
    await ask(work, fork, agent, "Three?")
    assert seen(work) == [("user", "One?"), ("assistant", "You said: One?"), ("user", "Three?")]
    gate.open()
    assert (await work.end(running)).text == "Two."


async def test_a_turn_is_regenerated_until_it_pleases(work: Workplace):
    await work.started(look)
    agent, session = await work.agent(look), await work.client.new_session()
    await ask(work, session, agent, "Before?")
    work.fake.script([reply("Wait.", call("look", place="cellar")), "Bad.", "Worse.", "Good."])
    bad = await ask(work, session, agent, "Well?", variables={"n": 1})
    worse = await work.client.regenerate_run(bad)
    assert (await work.end(worse)).text == "Worse."
    assert seen(work) == [("user", "Before?"), ("assistant", "You said: Before?"), ("user", "Well?")]
    with pytest.raises(RunSuperseded) as caught:
        await work.client.regenerate_run(bad)
    assert caught.value.details["superseded_by"] == str(worse)
    good = await work.client.regenerate_run(worse, options=RunOptions(append_instructions="Be good."))
    assert (await work.end(good)).text == "Good."
    assert work.fake.journal.messages[-1].body["system"].endswith("Be good.")

    await ask(work, session, agent, "After?")
    assert [said for _, said in seen(work)] == ["Before?", "You said: Before?", "Well?", "Good.", "After?"]
    messages = await work.client.session_messages(session)
    everything = await work.client.session_messages(session, superseded=True)
    assert (len(messages), len(everything)) == (6, 12)
    run = await work.client.get_run(bad)
    assert (run.superseded_by_run_id, run.response_text) == (worse, "Bad.")
    assert (await work.client.get_run(good)).variables == {"n": 1}


async def test_an_earlier_turn_is_regenerated_on_a_fork(work: Workplace):
    await work.started()
    agent, session = await work.agent(), await work.client.new_session()
    await ask(work, session, agent, "One?")
    earlier = await ask(work, session, agent, "Two?")
    await ask(work, session, agent, "Three?")
    again = await work.client.regenerate_run(earlier)
    await work.end(again)
    assert [said for _, said in seen(work)] == ["One?", "You said: One?", "Two?"]
    fork = (await work.client.get_run(again)).session_id
    assert fork != session
    assert len(await work.client.session_messages(session)) == 6
    twice = await work.client.regenerate_run(again)
    await work.end(twice)
    assert (await work.client.get_run(twice)).session_id == fork
    assert [said for _, said in seen(work)] == ["One?", "You said: One?", "Two?"]


async def test_a_run_that_has_not_ended_is_not_regenerated(work: Workplace):
    with pytest.raises(RunNotFinished):
        await work.client.regenerate_run(await work.run(await work.agent()))


async def test_a_refused_turn_is_regenerated_with_another_model(work: Workplace):
    await work.started()
    agent, session = await work.agent(), await work.client.new_session()
    work.fake.script([refusal(), "Of course."])
    refused = await ask(work, session, agent, "May I?")
    again = await work.client.regenerate_run(refused, options={"model": "claude-haiku-4-5"})
    assert (await work.end(again)).text == "Of course."
    assert seen(work) == [("user", "May I?")]


STOPS: dict[str, tuple[Turn, list[tuple[str, str]]]] = {
    "cut short": (max_tokens_cut("One, two,"), [("assistant", "One, two,"), ("user", "Continue.")]),
    "a cut call": (
        max_tokens_cut("Let me", call("look", place="attic")),
        [("assistant", "Let me <tool_use>"), ("user", "<tool_result>")],
    ),
    "a full window": (context_exceeded("So far"), [("assistant", "So far"), ("user", "Continue.")]),
    "an unknown reason": (
        unknown_stop("tomorrow", reply("Hm.")),
        [("assistant", "Hm."), ("user", "Continue.")],
    ),
    "thinking before the cut": (
        max_tokens_cut(thinking("Hm."), "Well,"),
        [("assistant", "<thinking> Well,"), ("user", "Continue.")],
    ),
}


@pytest.mark.parametrize("stop", STOPS)
async def test_a_run_that_stopped_short_goes_on(work: Workplace, stop: str):
    turn, expected = STOPS[stop]
    work.fake.script([turn, "The rest."])
    await work.started(look)
    run_id = await work.run(await work.agent(look), "Count.")
    assert (await work.end(run_id)).state == RunState.AWAITING_INPUT
    assert await work.client.continue_run(run_id) == run_id
    response = await work.end(run_id)
    assert (response.state, response.text) == (RunState.COMPLETED, "The rest.")
    assert seen(work) == [("user", "Count."), *expected]
    with pytest.raises(RunNotAwaitingInput):
        await work.client.continue_run(run_id)


async def test_a_paused_run_goes_on_from_its_own_words_or_from_the_users(work: Workplace):
    paused = pause("Looking.", server_call("web_search", query="x"))
    work.fake.script([paused, paused, paused, "Found."])
    await work.started()
    options = {"max_continuations": 0}
    run_id = await work.run(await work.agent(), "Find x.", options=options)
    assert (await work.end(run_id)).stop_reason == "pause_turn"
    await work.client.continue_run(run_id, options={"max_continuations": 1})
    assert (await work.end(run_id)).state == RunState.AWAITING_INPUT
    assert len(work.fake.journal.messages) == 3, "it went on by itself once more"
    await work.client.continue_run(run_id, "Never mind the search.")
    assert (await work.end(run_id)).text == "Found."
    assert seen(work)[-1] == ("user", "Never mind the search.")
    assert "server_tool_use" not in str(seen(work))


async def test_a_limit_counts_anew_for_each_continuation(work: Workplace):
    work.fake.script([call("look", place="here") for _ in range(6)] + [reply("Enough.")])
    await work.started(look)
    run_id = await work.run(await work.agent(look), "Look.", options={"max_iterations": 2})
    assert (await work.end(run_id)).stop_reason == "max_iterations"
    await work.client.continue_run(run_id, [{"type": "text", "text": "Go on."}])
    assert (await work.end(run_id)).iteration_count == 4
    assert seen(work, 2)[-1] == ("user", "<tool_result> Go on.")
    await work.client.continue_run(run_id, options=RunOptions(max_iterations=9))
    response = await work.end(run_id)
    assert (response.text, response.iteration_count) == ("Enough.", 7)


async def test_an_empty_answer_is_asked_for_again(work: Workplace):
    work.fake.script([Turn(content=(), stop_reason="max_tokens"), "Here."])
    await work.started()
    run_id = await work.run(await work.agent())
    assert (await work.end(run_id)).state == RunState.AWAITING_INPUT
    await work.client.continue_run(run_id)
    assert (await work.end(run_id)).text == "Here."


async def test_a_new_message_interrupts_the_answer_that_is_under_way(work: Workplace):
    gate = Gate()
    work.fake.script([held(reply("A long story ", "that nobody wants."), gate, after=3), "Short."])
    agent = await work.agent()
    session = await work.client.new_session(on_busy=OnBusy.INTERRUPT)
    await work.started()
    first = await work.client.run_fast(session, agent, "Tell me.")
    await gate.wait_reached()
    second = await work.client.run_fast(session, agent, "Be brief!")
    assert (await work.end(second)).text == "Short."
    gone = await work.client.get_run(first)
    assert (gone.state, gone.error_message) == (RunState.CANCELLED, "interrupted")
    assert seen(work) == [("user", "Tell me. Be brief!")]


async def test_a_busy_session_refuses_or_queues_as_it_is_told(work: Workplace):
    agent, session = await work.agent(), await work.client.new_session(on_busy="reject")
    first = await work.client.run_fast(session, agent, "One?", idempotency_key="one")
    with pytest.raises(SessionBusy) as caught:
        await work.client.run_fast(session, agent, "Two?")
    assert caught.value.details["run_id"] == str(first)
    assert await work.client.run_fast(session, agent, "One?", idempotency_key="one") == first
    await work.client.run_fast(session, agent, "Two?", options=RunOptions(on_busy=OnBusy.ENQUEUE))
    changed = await work.client.update_session(session, on_busy=OnBusy.ENQUEUE, metadata={"topic": "x"})
    assert (changed.on_busy, changed.metadata) == (OnBusy.ENQUEUE, {"topic": "x"})
    last = await work.client.run_fast(session, agent, "Three?")
    await work.started()
    assert (await work.end(last)).text == "You said: Three?"


async def test_an_unknown_option_says_what_was_meant(work: Workplace):
    run_id = await work.run(await work.agent())
    with pytest.raises(UnknownOption, match="did you mean max_iterations"):
        await work.client.regenerate_run(await _ended(work, run_id), options={"max_iteration": 2})


async def _ended(work: Workplace, run_id: UUID) -> UUID:
    await work.client.cancel_run(run_id)
    return run_id


async def test_a_stream_goes_on_with_the_run(work: Workplace):
    """Who reads from the beginning sees the pause in the middle, and the end at the end."""
    work.fake.script([max_tokens_cut("Half"), "and half."])
    await work.started()
    run_id = await work.run(await work.agent())
    first = [type(event).__name__ async for event in work.client.stream(run_id)]
    assert first[-1] == "RunWaiting"
    await work.client.continue_run(run_id)
    await work.end(run_id)
    both = [type(event).__name__ async for event in work.client.stream(run_id)]
    assert both[: len(first)] == first
    assert both[-1] == "RunEnded"


async def test_a_continuation_joins_the_callers_transaction(work: Workplace):
    work.fake.script([max_tokens_cut("Half"), empty()])
    await work.started()
    run_id = await work.run(await work.agent())
    await work.end(run_id)
    async with await psycopg.AsyncConnection.connect(work.dsn) as conn:
        await work.client.continue_run(run_id, "Go on.", conn=conn)
        assert (await work.client.get_run(run_id)).state == RunState.AWAITING_INPUT
    assert (await work.end(run_id)).state == RunState.COMPLETED
