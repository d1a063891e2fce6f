"""What a subject of the benchmark says to the harness, and when it waits for it. Standard library alone.

from bench.subject import Subject

subject = Subject.from_arguments()
...                      # what has to be there: tables, rows, processes; connections closed again
subject.start()          # returns when the harness has read its counters; the clock runs
...                      # the work
subject.end(items=2000)  # the clock stops; returns when the counters are read; then close and exit
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


def cpu_seconds() -> float:
    """Of this process and of those of its children that have ended."""
    own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


@dataclass
class Subject:
    """One repetition of one case."""

    case: str
    dsn: str
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])
    _started: float = 0.0
    _cpu: float = 0.0

    @classmethod
    def from_arguments(cls, arguments: Sequence[str] | None = None) -> Subject:
        """From `<script> <case> <dsn> <json parameters>`."""
        case, dsn, parameters = (sys.argv if arguments is None else arguments)[1:4]
        return cls(case, dsn, json.loads(parameters))

    def number(self, name: str) -> int:
        """A parameter that is a whole number."""
        return int(self.parameters[name])

    def start(self, apart: Mapping[str, int] | None = None) -> None:
        """Everything before was set-up; everything up to `end` is measured.

        `apart` has the pids of processes whose processor time is not the subject's, such as a fake of an API.
        """
        self._say({"phase": "start", "apart": dict(apart or {})})
        # As a long-lived process would: what was imported is no longer looked through for garbage.
        gc.collect()
        gc.freeze()
        self._cpu = cpu_seconds()
        self._started = time.perf_counter()

    def end(
        self,
        items: int,
        *,
        seconds: float | None = None,
        latencies_ms: Mapping[str, Sequence[float]] | None = None,
        figures: Mapping[str, float] | None = None,
        note: str | None = None,
    ) -> None:
        """So many items were done. `seconds`: where the work ended before this call, or began after `start`.

        `latencies_ms` has raw values under a name; `figures` whatever else the case wants to show.
        """
        if seconds is None:
            seconds = time.perf_counter() - self._started
        said: dict[str, Any] = {
            "phase": "end",
            "items": items,
            "seconds": seconds,
            "cpu_seconds": cpu_seconds() - self._cpu,
        }
        if latencies_ms is not None:
            said["latencies_ms"] = {name: list(values) for name, values in latencies_ms.items()}
        if figures is not None:
            said["figures"] = dict(figures)
        if note is not None:
            said["note"] = note
        self._say(said)

    def cannot(self, why: str) -> None:
        """Says that this subject does not have what the case asks for, and exits."""
        print(json.dumps({"phase": "cannot", "note": why}), flush=True)
        raise SystemExit(0)

    def _say(self, message: dict[str, Any]) -> None:
        print(json.dumps(message), flush=True)
        if not sys.stdin.readline():
            raise SystemExit("the harness is gone")
