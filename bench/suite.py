"""Runs the cases: every subject in turn, again and again, so that what changes meanwhile hits all alike."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import processes
from .calibration import Calibration
from .conversation import CannotDo, Conversation, SubjectFailed
from .counters import Counters, difference
from .environments import python_of, script_of
from .interpreters import NotInstallable
from .plan import Case, Variant
from .server import Server
from .summary import percentiles

OURS = "agentpg"
SECONDS, QUICK_SECONDS, ON_DEMAND_SECONDS = 300.0, 60.0, 1800.0

Result = dict[str, Any]


@dataclass
class Suite:
    server: Server
    calibration: Calibration
    environments: Path
    quick: bool = False
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True)
    _templates: dict[str, str] = field(default_factory=dict[str, str])
    _pythons: dict[str, Path] = field(default_factory=dict[str, Path])
    _broken: dict[str, str] = field(default_factory=dict[str, str])
    _count: int = 0

    def run(self, cases: Iterable[Case], subjects: list[str], repetitions: int) -> Iterable[Result]:
        """One result for each repetition, as they come."""
        for case in cases:
            taking_part = [OURS] if case.module else subjects
            for repetition in range(1, repetitions + 1):
                for variant in case.variants:
                    for subject in taking_part:
                        yield self.repetition(case, variant, subject, repetition)

    def repetition(self, case: Case, variant: Variant, subject: str, repetition: int) -> Result:
        """One subject does the work once, in a database of its own."""
        result: Result = {
            "case": case.name,
            "variant": variant.name,
            "subject": subject,
            "repetition": repetition,
        }
        where = " ".join(word for word in (case.name, variant.name, subject, f"#{repetition}") if word)
        try:
            result |= self._measure(case, variant, subject)
            self.say(f"{where}: {result['items']:,} {case.unit} in {result['seconds']:.2f} s")
        except (CannotDo, NotInstallable) as error:
            result["cannot"] = str(error)
            self.say(f"{where}: cannot: {error}")
        except SubjectFailed as error:
            result["failed"] = str(error)
            self.say(f"{where}: FAILED: {error}")
        return result

    def _measure(self, case: Case, variant: Variant, subject: str) -> Result:
        template = self._template(subject)
        self._count += 1
        dbname = f"bench_{self._count}"
        dsn = self.server.make(dbname, template)
        try:
            rate = self.calibration.now()
            parameters = {**variant.given(self.quick), "bindir": str(self.server.bindir)}
            command = [*self._script(case, subject), case.name, dsn, json.dumps(parameters)]
            seconds = QUICK_SECONDS if self.quick else ON_DEMAND_SECONDS if case.on_demand else SECONDS
            return {"calibration": rate, **self._watch(command, dbname, seconds)}
        finally:
            self.server.drop(dbname)

    def _watch(self, command: list[str | Path], dbname: str, seconds: float) -> Result:
        with Conversation(command, seconds) as subject:
            begun = subject.hear("start")
            counters = Counters(self.server, dbname, subject.pid, begun.get("apart") or {})
            settled = counters.settled_at_start()
            before, own = counters.moment(), time.process_time()
            subject.go()
            said = subject.hear("end")
            after = counters.moment()
            own = time.process_time() - own
            memory = max(
                (
                    processes.peak_memory(each.pid)
                    for each in processes.tree(
                        subject.pid, processes.all_processes(), frozenset(counters.apart.values())
                    )
                ),
                default=0,
            )
            subject.go()
            subject.wait(30.0)
            found = difference(before, after, settled, counters.settled_at_end(), own)
        told: dict[str, list[float]] = said.get("latencies_ms") or {}
        latencies = {name: percentiles(values) for name, values in told.items()}
        return {
            "items": said["items"],
            "seconds": said["seconds"],
            "rate": said["items"] / said["seconds"] if said["seconds"] else 0.0,
            "latencies_ms": latencies,
            "figures": said.get("figures") or {},
            "note": said.get("note") or "",
            "told_cpu": said.get("cpu_seconds"),
            "peak_memory": memory,
            "counters": found,
        }

    def _script(self, case: Case, subject: str) -> list[str | Path]:
        if case.module:
            return [sys.executable, "-m", f"bench.cases.{case.module}"]
        return [self._python(subject), "-P", script_of(subject)]

    def _python(self, subject: str) -> Path:
        if subject in self._broken:
            raise NotInstallable(self._broken[subject])
        if subject not in self._pythons:
            try:
                self._pythons[subject] = python_of(subject, self.environments)
            except NotInstallable as error:
                self._broken[subject] = str(error)
                raise
        return self._pythons[subject]

    def _template(self, subject: str) -> str:
        """A database in which the subject has made its schema."""
        if subject not in self._templates:
            name = f"bench_template_{subject}"
            dsn = self.server.make(name)
            try:
                with Conversation(
                    [self._python(subject), "-P", script_of(subject), "setup", dsn, "{}"], SECONDS
                ) as talk:
                    talk.wait(SECONDS)
                Counters(self.server, name, 0).wait_until_left(0)
            except BaseException:
                self.server.drop(name)
                raise
            self._templates[subject] = name
        return self._templates[subject]
