"""Calls that wait for a person, with a real executor."""

from __future__ import annotations

from uuid import UUID

import pytest
from agentpg import errors
from agentpg.events import ApprovalDecided, ApprovalRequested
from agentpg_executor import events
from agentpg_executor.testing import call, reply
from agentpg_executor.tools import Tool, tool
from approvals.conftest import waiting_call
from executor.conftest import Workplace, eventually


@tool
def look() -> str:
    return "seen"


@tool(approval=True)
def mail(to: str) -> str:
    return f"sent to {to}"


def above_five(amount: float) -> bool:
    return amount > 5


@tool(approval=above_five)
def pay(amount: float, to: str = "ada") -> str:
    return f"paid {amount:g} to {to}"


async def test_the_others_run_at_once_and_the_approved_one_when_it_is_approved(work: Workplace):
    work.fake.script([reply(call("look"), call("mail", to="ada")), "Done."])
    await work.started(look, mail)
    run_id = await work.run(await work.agent(look, mail))
    approval = await waiting_call(work)
    assert (approval.tool_name, approval.input, approval.reason) == (
        "mail",
        {"to": "ada"},
        "the tool asks for it",
    )
    assert (approval.run_id, approval.agent_name) == (run_id, "helper")
    await eventually(lambda: [e.name for e in work.of(events.ToolFinished)] == ["look"], "the other one ran")
    assert (await work.client.why_waiting(run_id)).reason == "tool_approval"
    assert await work.client.approve_tool(
        approval.tool_execution_id, decided_by="ada", input_hash=approval.input_hash
    )
    assert (await work.end(run_id)).text == "Done."
    assert [r["content"] for r in work.tool_results(run_id)] == ["seen", "sent to ada"]
    assert not await work.client.approve_tool(approval.tool_execution_id)


@pytest.mark.parametrize(("amount", "asks"), [(5, False), (6, True)])
async def test_a_rule_looks_at_the_input(work: Workplace, amount: int, asks: bool):
    work.fake.script([reply(call("pay", amount=amount)), "Done."])
    await work.started(pay)
    run_id = await work.run(await work.agent(pay))
    if asks:
        approval = await waiting_call(work)
        assert approval.reason == "the rule of pay asks for it"
        assert work.of(events.ToolStarted) == []
        await work.client.approve_tool(approval.tool_execution_id)
    assert (await work.end(run_id)).text == "Done."
    (result,) = work.tool_results(run_id)
    assert result["content"] == f"paid {amount} to ada"
    (started,) = work.of(events.ToolStarted)
    assert started.attempt == 1


async def test_a_changed_input_is_what_the_tool_gets_and_the_model_is_told(work: Workplace):
    work.fake.script([reply(call("pay", amount=700)), "Done."])
    await work.started(pay)
    run_id = await work.run(await work.agent(pay))
    approval = await waiting_call(work)
    await work.client.approve_tool(approval.tool_execution_id, input={"amount": 70, "to": "bob"})
    await work.end(run_id)
    (result,) = work.tool_results(run_id)
    assert result["content"] == (
        "A person changed the input of this call before it was carried out. It was called with: "
        '{"to": "bob", "amount": 70}\n\npaid 70 to bob'
    )
    with pytest.raises(errors.ApprovalAlreadyDecided) as refused:
        await work.client.approve_tool(approval.tool_execution_id)
    assert refused.value.details["decision"] == "approved"


async def test_a_rejected_call_is_told_to_the_model_and_the_run_goes_on(work: Workplace):
    work.fake.script([reply(call("pay", amount=700)), "I see."])
    await work.started(pay)
    run_id = await work.run(await work.agent(pay))
    approval = await waiting_call(work)
    assert await work.client.reject_tool(approval.tool_execution_id, "too dear", decided_by="ada")
    assert not await work.client.reject_tool(approval.tool_execution_id)
    assert (await work.end(run_id)).text == "I see."
    (result,) = work.tool_results(run_id)
    assert result == {
        "type": "tool_result",
        "tool_use_id": approval.tool_use_id,
        "content": "Not carried out: a person rejected this call. too dear",
        "is_error": True,
    }
    assert work.of(events.ToolStarted) == []


async def test_an_input_that_the_tool_would_not_get_asks_nobody(work: Workplace):
    work.fake.script([reply(call("pay", amount="much")), "Sorry."])
    await work.started(pay)
    run_id = await work.run(await work.agent(pay))
    assert (await work.end(run_id)).text == "Sorry."
    (result,) = work.tool_results(run_id)
    assert "Invalid input for the tool pay" in result["content"]
    assert await work.client.list_approvals() == []


async def test_a_function_in_sql_decides(work: Workplace):
    work.conn.execute(
        """
        create function public.above_five(tool_name text, input jsonb, run_id uuid) returns boolean
        language sql as $$ select (input ->> 'amount')::numeric > 5 $$
        """
    )
    paid = Tool[..., str](pay.func, approval="public.above_five")
    work.fake.script([reply(call("pay", amount=6), call("pay", amount=4)), "Done."])
    await work.started(paid)
    run_id = await work.run(await work.agent(paid))
    approval = await waiting_call(work)
    assert approval.input == {"amount": 6}
    await work.client.approve_tool(approval.tool_execution_id)
    await work.end(run_id)
    assert [r["content"] for r in work.tool_results(run_id)] == ["paid 4 to ada", "paid 6 to ada"]


async def test_a_run_may_ask_and_its_stream_tells(work: Workplace):
    work.fake.script([reply(call("look")), "Done."])
    await work.started(look)
    run_id = await work.run(await work.agent(look), options={"approval": ["look"]})
    decided: list[UUID] = []
    async for event in work.client.stream(run_id):
        match event:
            case ApprovalRequested(tool_execution_id=call_id, input_hash=seen, reason=reason):
                assert reason == "the run asks for it"
                await work.client.approve_tool(call_id, decided_by="ada", input_hash=seen)
            case ApprovalDecided(tool_execution_id=call_id, decision="approved", decided_by="ada"):
                decided.append(call_id)
            case _:
                pass
    assert len(decided) == 1
    assert (await work.end(run_id)).text == "Done."


async def test_each_refusal_has_a_class_of_its_own(work: Workplace):
    work.fake.script([reply(call("look"), call("mail", to="ada")), "Done."])
    await work.started(look, mail)
    run_id = await work.run(await work.agent(look, mail))
    approval = await waiting_call(work)
    (other,) = [c for c in await work.client.get_run_tool_calls(run_id) if c.name == "look"]
    with pytest.raises(errors.ApprovalNotRequested):
        await work.client.approve_tool(other.tool_execution_id)
    with pytest.raises(errors.InputChanged):
        await work.client.approve_tool(approval.tool_execution_id, input_hash="0" * 64)
    with pytest.raises(errors.ToolExecutionNotFound):
        await work.client.approve_tool(run_id)
    with pytest.raises(errors.InvalidOption):
        await work.run(approval.agent_id, options={"approval": ["paint"]})
    await work.client.cancel_run(run_id)
    with pytest.raises(errors.RunCancelled):
        await work.client.reject_tool(approval.tool_execution_id)


async def test_a_worker_whose_sql_function_is_missing_says_so(work: Workplace):
    with pytest.raises(errors.InvalidApproval, match=r"nowhere\.to_be_found"):
        await work.started(Tool[..., str](look.func, approval="nowhere.to_be_found"))
