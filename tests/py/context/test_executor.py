"""An executor that goes on with a run asks for the new messages alone, and sends all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from agentpg.claims import RunClaim
from agentpg_executor._held_messages import HeldMessages
from agentpg_executor.hooks import Hooks, ModelCall
from agentpg_executor.testing import Turn, block, call, pause, reply, server_call, thinking
from agentpg_executor.tools import tool
from executor.conftest import Workplace

NO_MORE_WHOLE_REQUESTS = """
create or replace function agentpg._build_request(run agentpg.runs, batched boolean default false)
returns jsonb language plpgsql stable as $$ begin raise 'a whole request was built'; end $$
"""


@tool
def look(place: str) -> list[dict[str, Any]]:
    """Look there."""
    return [{"type": "text", "text": f"nothing in {place}"}]


@tool(max_attempts=1)
def break_it() -> str:
    """Fails."""
    raise RuntimeError("broken")


def turns(count: int) -> list[Turn]:
    """Answers with one call, with several, thinking, blank text, calls of the API itself."""
    kinds: list[Callable[[int], Turn]] = [
        lambda n: reply(thinking(f"Step {n}."), call("look", place=f"room {n}")),
        lambda n: reply("First,", *(call("look", place=f"box {n}.{i}") for i in range(3))),
        lambda _: reply(server_call("web_search", query="rooms"), call("break_it")),
        lambda n: reply(block({"type": "text", "text": " "}), call("look", place=f"corner {n}")),
        lambda _: reply(call("no_such_tool"), call("look", place="outside")),
    ]
    return [kinds[n % len(kinds)](n) for n in range(count)]


def sent(work: Workplace) -> list[dict[str, Any]]:
    bodies = [dict(entry.body) for entry in work.fake.journal.messages]
    assert [entry.response for entry in work.fake.journal.messages if entry.status >= 400] == []
    for body in bodies:
        assert body.pop("stream") is True
    return bodies


def built(work: Workplace, run_id: UUID) -> list[dict[str, Any]]:
    """What SQL builds as a whole for each model call of the run, the later messages taken away."""
    found: list[dict[str, Any]] = []
    calls = work.rows(
        "select request_seq as seq from agentpg.iterations where run_id = %s order by number", run_id
    )
    for each in calls:
        with work.conn.transaction(force_rollback=True):
            work.conn.execute(
                "delete from agentpg.messages m using agentpg.runs r"
                " where r.id = %s and m.session_id = r.session_id and m.seq > %s",
                (run_id, each["seq"]),
            )
            row = work.row(
                "select agentpg._build_request(r) as request from agentpg.runs r where r.id = %s", run_id
            )
            found.append(row["request"])
    return found


async def test_every_request_of_a_loop_is_whole_on_the_wire(work: Workplace):
    work.fake.script([*turns(15), "Found nothing."])
    await work.started(look, break_it)
    run_id = await work.run(await work.agent(look, break_it), "Where is it?", options={"max_iterations": 30})
    assert (await work.end(run_id)).text == "Found nothing."
    assert len(sent(work)) == 16
    assert sent(work) == built(work, run_id)


async def test_a_loop_builds_one_whole_request(work: Workplace):
    """After the first tool began, a whole request could not be built any more."""

    @tool
    def begin() -> str:
        work.conn.execute(NO_MORE_WHOLE_REQUESTS.encode())
        return "begun"

    work.fake.script([call("begin"), *turns(7), "Done."])
    await work.started(look, break_it, begin)
    run_id = await work.run(await work.agent(look, break_it, begin))
    assert (await work.end(run_id)).text == "Done."
    assert len(sent(work)[-1]["messages"]) == 17


async def test_a_paused_turn_in_the_middle_of_a_loop(work: Workplace):
    """The pause is taken up by a claim, with a whole request; the loop goes on from that one."""
    work.fake.script([*turns(2), pause(server_call("web_search", query="x")), *turns(3), "Done."])
    await work.started(look, break_it)
    run_id = await work.run(await work.agent(look, break_it))
    assert (await work.end(run_id)).text == "Done."
    assert sent(work) == built(work, run_id)


async def test_forked_and_regenerated_sessions(work: Workplace):
    await work.started(look, break_it)
    agent, session = await work.agent(look, break_it), await work.client.new_session()
    work.fake.script([*turns(2), "One.", *turns(4), "Two.", *turns(3), "Three.", *turns(3), "Four."])
    first = await work.client.run_fast(session, agent, "Look!")
    await work.end(first)
    again = await work.client.regenerate_run(first)
    assert (await work.end(again)).text == "Two."
    fork = await work.client.fork_session(session)
    there = await work.client.run_fast(fork, agent, "Look there!")
    assert (await work.end(there)).text == "Three."
    assert (await work.end(await work.client.regenerate_run(there))).text == "Four."
    bodies = sent(work)
    with work.conn.transaction(force_rollback=True):
        # As it was before the turn was regenerated.
        work.conn.execute("update agentpg.sessions set superseded_seqs = null where id = %s", (session,))
        assert bodies[:3] == built(work, first)
    assert bodies[3:8] == built(work, again)


async def test_hooks_see_whole_requests_and_cannot_spoil_the_next(work: Workplace):
    seen: list[int] = []

    def before_model_call(given: ModelCall) -> dict[str, Any]:
        seen.append(len(given.request["messages"]))
        for message in given.request["messages"][::2]:
            message["content"].append({"type": "text", "text": "Hurry!"})
        return given.request

    work.fake.script([*turns(2), "Done."])
    await work.started(look, break_it, hooks=Hooks(before_model_call=before_model_call))
    run_id = await work.run(await work.agent(look, break_it))
    assert (await work.end(run_id)).text == "Done."
    assert seen == [1, 3, 5]
    for body, whole in zip(sent(work), built(work, run_id), strict=True):
        for message in body["messages"][::2]:
            assert message["content"].pop() == {"type": "text", "text": "Hurry!"}
        assert body == whole


@pytest.mark.parametrize(("strategy", "cuts"), [("prune", False), ("summarization", True)])
async def test_a_context_that_is_compacted_in_the_middle_of_a_loop(
    work: Workplace, strategy: str, cuts: bool
):
    """Placeholders take the place of old outputs, or a summary that of all that came before."""
    small = {
        "strategy": strategy, "max_context_tokens": 20000, "target_tokens": 8000, "keep_last": 2,
        "protected_tokens": 2100, "summarizer_max_tokens": 500,
    }  # fmt: skip
    wrong: list[object] = []

    @tool
    def read(page: int) -> str:
        return f"page {page} " + 2500 * "word "

    async def before_model_call(given: ModelCall) -> None:
        """Before it is sent, SQL is asked what it would build as a whole."""
        row = work.row(
            "select agentpg._build_request(r) as whole from agentpg.runs r where r.id = %s", given.run_id
        )
        if row["whole"] != given.request:
            wrong.append((row["whole"], given.request))

    work.fake.script(["It read some pages."], match=lambda request: not request.tools, repeat=True)
    work.fake.script([call("read", page=n) for n in range(12)])
    await work.started(read, hooks=Hooks(before_model_call=before_model_call))
    # Not a model that binds its thinking to what comes before: within a turn nothing of that is pruned.
    options = {"compaction": small, "model": "claude-sonnet-4-5"}
    run_id = await work.run(await work.agent(read), options=options)
    response = await work.end(run_id)
    assert response.state.value == "completed"
    assert wrong == []
    made = work.rows("select state::text, cut_seq > 0 as cuts from agentpg.compactions")
    assert made
    assert all(row == {"state": "applied", "cuts": cuts} for row in made)


async def test_the_last_result_from_another_process_brings_a_whole_request(work: Workplace):
    @tool
    def elsewhere() -> str:
        return "from there"

    work.fake.script([reply(call("look", place="here"), call("elsewhere")), *turns(2), "Done."])
    agent = await work.agent(look, break_it, elsewhere)
    await work.started(look, break_it)
    await work.started(elsewhere, tools_only=True)
    run_id = await work.run(agent)
    assert (await work.end(run_id)).text == "Done."
    assert sent(work) == built(work, run_id)


async def test_a_claim_of_an_older_schema_is_complete_and_nothing_is_known(work: Workplace):
    await work.agent()
    run_id = await work.run(await work.agent(name="other"))
    row = work.row(
        "select c.run_id, c.session_id, c.iteration_id, c.attempt, c.request from agentpg.runs r,"
        " agentpg._hand_out_run(r) c where r.id = %s",
        run_id,
    )
    claim = RunClaim(**row, lease_token=run_id, lease_expires_at=work.row("select now()")["now"])
    assert claim.context is None
    assert HeldMessages.of(claim) is None
