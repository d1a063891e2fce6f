"""record_responses and complete_tools do to each run what record_response and complete_tool would do."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from fixtures.databases import Databases
from hypothesis import given
from model_based.engine import Row
from model_based.examples import example_sets, profile, time_limit
from model_based.groups_drive import Drive
from model_based.groups_script import DELEGATE, FRILLS, LAST, SMALL, Answer, Long, Plan, Script, plans
from model_based.groups_world import CHANGING, World

PROFILE = profile(usual=30, deep=2000, steps=1)
# Else the examples proved little.
REACHED = (
    *(
        "answer in a group",
        "answer by itself",
        "output in a group",
        "output by itself",
        "turn ended in a group",
    ),
    *("next request from a group", "pending_tools", "awaiting_input", "awaiting_approval", "queued run"),
)


@pytest.fixture(scope="module")
def worlds(databases: Databases) -> Iterator[tuple[World, World]]:
    """One for each way of doing the same."""
    made = [databases.deployed(), databases.deployed()]
    conns = [database.connect() for database in made for _ in range(2)]
    yield World(conns[0], conns[1]), World(conns[2], conns[3])
    for conn in conns:
        conn.close()
    for database in made:
        databases.drop(database)


def play(worlds: tuple[World, World], plan: Plan, tally: Counter[str]) -> list[tuple[str, bool, bool]]:
    """Both ways; what the groups were given, whether it is plain, and whether they did it."""
    one_by_one, in_groups = (Drive(world, plan) for world in worlds)
    for step in itertools.count():
        went_on = in_groups.step(step, tally)
        one_by_one.follow(step, in_groups)
        assert one_by_one.heard == in_groups.heard, f"notifications of step {step}"
        assert not (apart := differences(one_by_one.returned, in_groups.returned)), apart
        assert not (apart := differences(*(world.everything(CHANGING) for world in worlds))), apart
        if not went_on:
            break
    assert not (apart := differences(*(world.everything() for world in worlds))), apart
    return in_groups.given


def differences(one_by_one: list[str], in_groups: list[str]) -> str:
    """What only one of two lists of rows has."""
    ours, theirs = Counter(one_by_one), Counter(in_groups)
    return "".join(
        [f"\none by one: {row}" for row in (ours - theirs)]
        + [f"\nin groups:  {row}" for row in (theirs - ours)]
    )


@pytest.mark.timeout(time_limit(60))
def test_a_group_does_to_each_run_what_the_single_functions_do(worlds: tuple[World, World]):
    tally: Counter[str] = Counter()

    def agrees(plan: Plan) -> None:
        for what, plain, done in play(worlds, plan, tally):
            assert done or not plain, f"{what} is an everyday step, and was left"

    for seeded, examples in example_sets(PROFILE, tally, REACHED):
        seeded(examples(given(plans)(agrees)))()
    print(f"\n{dict(tally.most_common())}")


def test_a_plain_loop_is_done_in_groups_to_its_end(worlds: tuple[World, World]):
    tally: Counter[str] = Counter()
    answers = [Answer([], ["lookup"], "tool_use"), Answer([], ["write", "lookup"], "tool_use"), LAST]
    scripts = [Script("plain", {}, False, {}, list(answers), [("Found.", False)]) for _ in range(5)]
    given_ = play(worlds, Plan(scripts, "all", None, True), tally)
    assert [what for what, _, done in given_ if not done] == []
    assert tally["answer in a group"] == 15
    # Of two calls of one run, one at a time.
    assert tally["output in a group"] == 10
    assert tally["turn ended in a group"] == 5
    assert tally["next request from a group"] == 5


def one(
    agent: str, options: dict[str, Any], *answers: Answer, queued: bool = False, output: Any = "Found."
) -> Script:
    return Script(agent, options, queued, {}, list(answers), [(output, True), (output, None)])


def test_each_rule_that_keeps_a_step_out_of_a_group_is_met(worlds: tuple[World, World]):
    call, end = Answer([], ["lookup"], "tool_use"), LAST
    both, delegate = Answer([], ["lookup", "write"], "tool_use"), Answer([], [DELEGATE], "tool_use")
    schema = {"request": {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}}
    quiet = {"events": False}
    scripts = [
        one("asks", {}, Answer([], ["danger"], "tool_use"), end),
        one("cautious", {}, Answer([], ["write"], "tool_use"), end),
        one("plain", {"approval": ["lookup"]}, call, end),
        one("plain", schema, call, end),
        one("plain", {}, call, end, queued=True),
        one("manager", quiet, delegate, end),
        one("manager", {}, delegate, both, end),
        one("manager", quiet, Answer([], [DELEGATE, "lookup"], "tool_use"), end),
        one("plain", {"max_tokens": 100000}, both, end),
        one("plain", {"max_iterations": 1}, both),
        one("plain", {"max_iterations": 1}, call),
        one("plain", {"max_tokens": 100000}, call, end),
        one(
            "plain",
            {"compaction": {"max_context_tokens": 1100, **SMALL}},
            call,
            end,
            output=Long("x " * 3500),
        ),
        one("plain", {}, call, end, output=[{"type": "text", "text": "x", "unknown": 1}]),
        one("plain", {}, both, end, output=[1]),
        one("plain", {}, Answer([FRILLS[-1]], [], "end_turn")),
        one("plain", {}, Answer([FRILLS[-1]], ["lookup"], "tool_use"), end),
        one("plain", {}, Answer([FRILLS[1]], ["lookup"], "tool_use"), end),
        one("plain", {}, Answer([], ["ghost", "lookup"], "tool_use"), end),
        one("plain", {}, Answer([], ["orphan"], "tool_use")),
        one("plain", {}, Answer([], ["secret"], "tool_use"), end),
        one("plain", {}, Answer([], ["danger"], "tool_use"), end),
        one("plain", {}, Answer([], ["lookup", "write"], "tool_use", max_tools=1), end),
        one("plain", {}, Answer([], ["lookup"], "tool_use", container=True), end),
        one("plain", {}, both, end, output=Long("x " * 9000)),
        one(
            "plain",
            {"compaction": {"max_context_tokens": 1100, **SMALL}},
            both,
            end,
            output=Long("x " * 3500),
        ),
    ]
    tally: Counter[str] = Counter()
    for queue, told in ((None, "all"), (None, "wakeups"), ("parked", "all"), ("paused", "off")):
        left = [
            what
            for what, plain, done in play(worlds, Plan(scripts, told, queue, True), tally)
            if plain and not done
        ]
        assert left == []
    assert not [what for what in ("delegate", "awaiting_approval", "queued run") if not tally[what]]


def rows(world: World) -> list[Row]:
    return world.engine.table("select state::text from agentpg.runs")


def test_what_a_group_leaves_is_as_it_was(worlds: tuple[World, World]):
    _, world = worlds
    odd: list[Answer] = [
        Answer([], ["ghost"], "tool_use"),
        Answer([], [], "end_turn"),
        Answer([], ["lookup"], "max_tokens"),
        Answer([], ["lookup"], "tool_use", max_tools=0),
        Answer([], ["lookup"], "tool_use", container=True),
    ]
    plan = Plan(
        [Script("plain", {}, False, {}, [answer], [("x", False)]) for answer in odd], "all", None, False
    )
    drive = Drive(world, plan)
    before = world.everything()
    assert drive.group_answers(drive.due_answers()) == {}
    assert world.everything() == before
    assert Counter(row["state"] for row in rows(world)) == {"streaming": 5}


def test_an_end_that_puts_a_compaction_in_force_is_left(worlds: tuple[World, World]):
    _, world = worlds
    drive = Drive(world, Plan([one("plain", {}, LAST), one("plain", {}, LAST)], "all", None, False))
    world.engine.conn.execute(
        "update agentpg.sessions s set compaction_ready = true"
        " where s.id = (select r.session_id from agentpg.runs r order by r.id limit 1)"
    )
    assert list(drive.group_answers(drive.due_answers())) == ["run1.0"]
