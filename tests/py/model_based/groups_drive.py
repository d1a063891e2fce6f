"""Plays a plan in one database: with groups, or in the order of another that did."""

from __future__ import annotations

from collections import Counter
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from .engine import Refused, Row
from .groups_calls import ASKED, COMPLETE, COMPLETE_ALL, PAUSE, RECORD, RECORD_ALL, SEEN
from .groups_script import LAST, Answer, Plan, Script
from .groups_world import World

STEPS = 14


class Drive:
    """What the worker holds, and what comes next of each script."""

    def __init__(self, world: World, plan: Plan) -> None:
        self.world, self.plan = world, plan
        world.reset(plan.notifications)
        self.scripts: dict[str, Script] = {}
        for number, script in enumerate(plan.scripts):
            label = f"run{number}"
            self.scripts[label] = script
            world.begin(label, script.agent, script.options, script.queued, script.metadata)
        if plan.watched:
            world.watch()
        self.runs: dict[str, Row] = {}
        self.calls: dict[str, Row] = {}
        self.known: dict[str, Any] = {}
        self.number = 0
        self.given: list[tuple[str, bool, bool]] = []
        self.order: list[str] = []
        self.returned: list[str] = []
        self.heard: list[Counter[str]] = []
        self.answered: Counter[str] = Counter()
        self._claim()

    def step(self, number: int, tally: Counter[str]) -> bool:
        """All that can be done now, by groups where they do it; false once nothing is left."""
        self._begin_step(number)
        answers, outputs = self.due_answers(), self._due_outputs()
        tally["answer by itself"] += len(answers)
        tally["output by itself"] += len(outputs)
        done = self.group_answers(answers)
        self.heard.append(self.world.told())
        for label, claims in done.items():
            tally["answer in a group"] += 1
            tally["answer by itself"] -= 1
            tally["turn ended in a group"] += answers[label].stop == "end_turn"
            self._take_answer(label, claims)
        self._note(answers, done)
        self.order = [*done, *(label for label in answers if label not in done)]
        for label in self.order[len(done) :]:
            self._answer_alone(label, answers[label])
        self.heard.append(self.world.told())
        self._outputs_in_groups(outputs, tally)
        for row in self.world.engine.table(SEEN):
            tally[row["what"]] += 1
        self._end_step()
        return bool(answers or outputs or self.runs or self.calls) and number < STEPS

    def follow(self, number: int, other: Drive) -> None:
        """The same one by one, in the order in which the other did it."""
        self._begin_step(number)
        answers, outputs = self.due_answers(), self._due_outputs()
        assert set(answers) | set(outputs) == set(other.order), "another's work is due"
        alone = [label for label in other.order if label in answers]
        first = [label for label in alone if label in other.grouped]
        for label in first:
            self._answer_alone(label, answers[label])
        self.heard.append(self.world.told())
        for label in alone[len(first) :]:
            self._answer_alone(label, answers[label])
        self.heard.append(self.world.told())
        alone = [label for label in other.order if label in outputs]
        first = [label for label in alone if label in other.grouped]
        for label in first:
            self._output_alone(label, *outputs[label])
        self.heard.append(self.world.told())
        for label in alone[len(first) :]:
            self._output_alone(label, *outputs[label])
        self._end_step()

    def due_answers(self) -> dict[str, Answer]:
        return {label: self._answer_for(label) for label in sorted(self.runs)}

    def group_answers(self, answers: dict[str, Answer]) -> dict[str, list[Row]]:
        self.grouped = set[str]()
        labels = list(answers)
        held = [self.runs[label] for label in labels]
        rows = self.world.engine.conn.execute(
            RECORD_ALL,
            [
                [row["iteration_id"] for row in held],
                [row["lease_token"] for row in held],
                Jsonb([self._body(label, answers[label]) for label in labels]),
                [f"req {label}" for label in labels],
                [answers[label].max_tools for label in labels],
                Jsonb([answers[label].said for label in labels]),
            ],
        ).fetchall()
        self.grouped |= {labels[row["place"] - 1] for row in rows}
        return {labels[row["place"] - 1]: row["claims"] for row in sorted(rows, key=lambda row: row["place"])}

    def _begin_step(self, number: int) -> None:
        self.returned, self.heard = [], []
        self.world.engine.conn.execute("select agentpg_test.advance('3 seconds')")
        if number == 1 and self.plan.queue == "parked":
            self.world.engine.conn.execute(
                "update agentpg.queues set parked_at = agentpg.now(), parked_reason = 'key'"
            )
        if number == 1 and self.plan.queue == "paused":
            self.world.engine.conn.execute(PAUSE)
        if number == 3:
            self.world.engine.rows("resume_parked")

    def _end_step(self) -> None:
        self.heard.append(self.world.told())
        for row in self.world.engine.table(ASKED):
            self.world.engine.rows("approve_tool", tool_execution_id=row["id"], input={"task": "another"})
        for row in self.world.engine.table(
            "select r.id from agentpg.runs r where r.state = 'awaiting_input'"
        ):
            if self.answered[self.world.label(str(row["id"]))] < 5:
                try:
                    self.world.engine.rows("continue_run", run_id=row["id"], prompt="Go on.")
                except Refused as refused:
                    self.returned.append(refused.code)
        self._claim()
        self.heard.append(self.world.told())

    def _claim(self) -> None:
        conn = self.world.engine.conn
        for row in conn.execute(
            "select to_jsonb(c) as claim from agentpg.claim_runs(%s, max_count => 50) c",
            [self.world.instance],
        ):
            self._hold_run(row["claim"])
        self.world.learn()
        for row in conn.execute(
            "select to_jsonb(c) as claim from agentpg.claim_tool_executions(%s, 50) c", [self.world.instance]
        ):
            self._hold_call(row["claim"])
        self.returned.sort()

    def _hold_run(self, claim: Row) -> None:
        self.returned.append(self.world.said(claim))
        label = self.world.label(claim["run_id"])
        self.runs[label] = claim
        self.known[label] = (
            {"seq": claim["context_seq"], "checksum": claim["context_checksum"]}
            if claim["context_checksum"]
            else None
        )

    def _hold_call(self, claim: Row) -> None:
        self.returned.append(self.world.said(claim))
        self.calls[self.world.label(claim["tool_execution_id"])] = claim

    def _script_of(self, label: str) -> Script | None:
        return self.scripts.get(label.partition(".")[0]) if label[:3] == "run" else None

    def _answer_for(self, label: str) -> Answer:
        script, number = self._script_of(label), self.answered[label]
        if self.runs[label]["compaction_id"]:
            return LAST
        if script is None:
            return LAST if number else Answer([], ["lookup"], "tool_use")
        if number >= len(script.answers):
            return LAST
        return script.answers[number]

    def _body(self, label: str, answer: Answer) -> dict[str, Any]:
        return {"role": "assistant"} | answer.body(self.answered[label] + 100 * (sum(map(ord, label)) % 50))

    def _take_answer(self, label: str, claims: list[Row]) -> None:
        del self.runs[label]
        self.answered[label] += 1
        self.world.learn()
        for claim in claims:
            self._hold_call(claim)

    def _answer_alone(self, label: str, answer: Answer) -> None:
        run = self.runs[label]
        rows = self.world.engine.conn.execute(
            RECORD,
            [
                run["iteration_id"],
                run["lease_token"],
                Jsonb(self._body(label, answer)),
                f"req {label}",
                answer.max_tools,
                Jsonb(answer.said),
            ],
        ).fetchall()
        claims = [row["claim"] for row in rows]
        for claim in claims:
            claim.pop("ordinality", None)
        self._take_answer(label, claims)

    def _due_outputs(self) -> dict[str, tuple[Any, bool | None]]:
        due = dict[str, tuple[Any, bool | None]]()
        for place, label in enumerate(sorted(self.calls)):
            script = self._script_of(label)
            due[label] = (
                script.outputs[(len(label) + place + self.number) % len(script.outputs)]
                if script
                else ("Found.", False)
            )
        self.number += len(due)
        return due

    def _outputs_in_groups(self, outputs: dict[str, tuple[Any, bool | None]], tally: Counter[str]) -> None:
        labels = list(outputs)
        held = [self.calls[label] for label in labels]
        known = [self.known.get(self._run_of(label)) for label in labels]
        rows = self.world.engine.conn.execute(
            COMPLETE_ALL,
            [
                [row["tool_execution_id"] for row in held],
                [row["lease_token"] for row in held],
                Jsonb([outputs[label][0] for label in labels]),
                [outputs[label][1] for label in labels],
                Jsonb(known),
            ],
        ).fetchall()
        done: dict[str, Row | None] = {
            labels[row["place"] - 1]: row["claim"] for row in sorted(rows, key=lambda row: row["place"])
        }
        self.grouped |= set(done)
        first_of = {self._run_of(label): label for label in reversed(labels)}
        self.given += [
            (
                f"output {outputs[label]} of {label}",
                self._is_plain_output(label, *outputs[label]),
                label in done,
            )
            for label in first_of.values()
        ]
        self.order += [*done, *(label for label in labels if label not in done)]
        for label, claim in done.items():
            tally["output in a group"] += 1
            tally["output by itself"] -= 1
            tally["next request from a group"] += claim is not None
            self._take_output(label, claim)
        self.heard.append(self.world.told())
        for label in labels:
            if label not in done:
                self._output_alone(label, *outputs[label])

    def _run_of(self, label: str) -> str:
        return label.partition(" call ")[0]

    def _is_plain_output(self, label: str, output: Any, is_error: bool | None) -> bool:
        script = self._script_of(label)
        return (
            script is not None
            and script.plain
            and self.plan.queue is None
            and label[:3] == "run"
            and not isinstance(output, list)
            and len(str(output)) < 1000
        )

    def _take_output(self, label: str, claim: Row | None) -> None:
        del self.calls[label]
        if claim is not None:
            self._hold_run(claim)

    def _output_alone(self, label: str, output: Any, is_error: bool | None) -> None:
        call, known = self.calls[label], Jsonb(self.known.get(self._run_of(label)))
        held = [call["tool_execution_id"], call["lease_token"]]
        try:
            rows = self.world.engine.conn.execute(
                COMPLETE, [*held, Jsonb(output), is_error, known]
            ).fetchall()
        except psycopg.Error as refused:
            self.returned.append(f"{refused.sqlstate} {label}")
            rows = self.world.engine.conn.execute(COMPLETE, [*held, Jsonb("?"), True, known]).fetchall()
        self._take_output(label, rows[0]["claim"] if rows else None)

    def _note(self, answers: dict[str, Answer], done: dict[str, list[Row]]) -> None:
        for label, answer in answers.items():
            script = self._script_of(label)
            self.given.append(
                (
                    f"answer {answer} of {label}",
                    script is not None and script.plain and answer.plain,
                    label in done,
                )
            )
