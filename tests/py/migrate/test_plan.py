"""The plan is read as sqitch reads it, and a bad one is refused with its line."""

from __future__ import annotations

import pytest
from agentpg.migrate import PlanError
from agentpg.migrate._parser import parse_plan

from .conftest import Tree

AT = "2026-01-01T00:00:00Z Ann <ann@example.org>"


def plan_of(*lines: str) -> object:
    return parse_plan("\n".join(["%syntax-version=1.0.0", "%project=p", "", *lines, ""]), "sqitch.plan")


def test_ids_are_known_values_that_sqitch_gave(nasty: Tree) -> None:
    """Written down from sqitch 1.3.1, so that a machine without sqitch checks them too."""
    first, *_, last = nasty.project.plan.changes
    assert first.id == "4afcac9c0b75856eb1c1cf9bd7bbfaacdcbc4242"
    assert last.id == "dca17aceb00e8e4e0616b39d433bf5c5b9f62aff"
    tags = [tag.id for change in nasty.project.plan.changes for tag in change.tags]
    assert tags[0] == "c3e53f8e7c18c1534426204075eed7cdc3a5a432"


def test_notes_keep_hashes_and_lose_escapes(nasty: Tree) -> None:
    notes = {change.name: change.note for change in nasty.project.plan.changes}
    assert notes["schema"] == "Line one.\nLine two, with a back\\slash."
    assert notes["queue/jobs"] == "Ticket #12: jobs # and more"


def test_the_scripts_of_a_reworked_change_carry_the_next_tag(nasty: Tree) -> None:
    names = [
        nasty.project.path("deploy", change).name
        for change in nasty.project.plan.changes
        if change.name == "queue/enqueue"
    ]
    assert names == ["enqueue@v1.sql", "enqueue@v2.sql", "enqueue.sql"]


@pytest.mark.parametrize(
    ("name", "position"),
    [
        ("schema", 0),
        ("@v1", 2),
        ("@v1.0.1", 2),
        ("queue/enqueue@v1", 2),
        ("queue/enqueue@v2", 3),
        ("queue/enqueue@HEAD", 5),
        ("@HEAD", 7),
        ("ROOT", 0),
    ],
)
def test_a_place_in_the_plan_has_many_names(nasty: Tree, name: str, position: int) -> None:
    plan = nasty.project.plan
    assert plan.position(name) == position
    assert plan.position(plan.changes[position].id) == position


def test_an_ambiguous_name_is_refused_with_the_choice(nasty: Tree) -> None:
    with pytest.raises(PlanError, match=r"queue/enqueue@v1, queue/enqueue@v2, queue/enqueue@HEAD"):
        nasty.project.plan.position("queue/enqueue")


def test_an_unknown_name_is_refused(nasty: Tree) -> None:
    for name in ("nothing", "@v99", "schema@v99"):
        with pytest.raises(PlanError, match="has no change or tag"):
            nasty.project.plan.position(name)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["one"], "line 4: not a change or tag"),
        ([f"one {AT}", f"one {AT}"], "line 5: change 'one' is there twice"),
        ([f"@v1 {AT}"], "line 4: tag @v1 has no change before it"),
        ([f"one {AT}", f"@v1 {AT}", f"@v1 {AT}"], "line 6: tag @v1 is there twice"),
        ([f"one {AT}", f"@v1 [one] {AT}"], "line 5: a tag has no dependencies"),
        ([f"one [two] {AT}"], "depends on 'two', which the plan does not have"),
        ([f"one [two] {AT}", f"two {AT}"], "one comes before two, which it requires"),
        ([f"one [one] {AT}"], "one comes before one, which it requires"),
        ([f"one {AT}", f"two [one one] {AT}"], "'one' is not a dependency, or is there twice"),
        ([f"two [a:b:c] {AT}"], "'a:b:c' is not a dependency"),
        ([f"HEAD {AT}"], "'HEAD' cannot be a name"),
        ([f"- one {AT}"], "cannot be planned as a revert"),
        (["one 2026-01-01T00:00:00Z Ann"], "line 4: not a change or tag"),
    ],
)
def test_a_bad_plan_is_refused_where_it_is_bad(lines: list[str], complaint: str) -> None:
    with pytest.raises(PlanError, match=complaint):
        plan_of(*lines)


def test_a_plan_without_a_project_is_refused() -> None:
    with pytest.raises(PlanError, match="no %project"):
        parse_plan(f"%syntax-version=1.0.0\n\none {AT}\n", "sqitch.plan")


def test_line_ends_of_windows_make_no_difference(nasty: Tree) -> None:
    text = (nasty.folder / "sqitch.plan").read_text()
    plan = parse_plan(text.replace("\n", "\r\n"), "sqitch.plan")
    assert [change.id for change in plan.changes] == [change.id for change in nasty.project.plan.changes]
