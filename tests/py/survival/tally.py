"""What each fault cost, in numbers: a line for each test, and build/survival.txt."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

_HEADINGS = ("fault", "runs", "sent", "answered", "recorded", "wasted", "bodies", "repeated", "ended after")


@dataclass(frozen=True, kw_only=True)
class Cost:
    """`sent`: requests that reached Claude. `answered`: those it worked on, seen or not. `recorded`: answers
    in the database. `wasted`: answered but not recorded, so paid for nothing. `bodies`: executions of tool
    bodies; `repeated`: those of a call begun before. `seconds`: from the fault to the end of the last run.
    """

    fault: str
    runs: int
    sent: int
    answered: int
    recorded: int
    bodies: int
    repeated: int
    seconds: float

    @property
    def wasted(self) -> int:
        return self.answered - self.recorded

    def cells(self) -> list[str]:
        calls = (self.sent, self.answered, self.recorded, self.wasted)
        numbers = (self.runs, *calls, self.bodies, self.repeated)
        return [self.fault, *map(str, numbers), f"{self.seconds:.1f} s"]


@dataclass
class Tally:
    costs: list[Cost] = field(default_factory=list)

    def add(self, cost: Cost) -> None:
        self.costs.append(cost)
        print("  ".join(f"{name}: {cell}" for name, cell in zip(_HEADINGS, cost.cells(), strict=True)))

    def table(self) -> str:
        rows = [list(_HEADINGS), *(cost.cells() for cost in self.costs)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
        lines = [
            "  ".join(
                cell.ljust(width) if column == 0 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        return "\n".join(lines) + "\n"

    def write(self, path: Path) -> None:
        """Writes the table; the processes of one parallel session add to the same one."""
        path.parent.mkdir(exist_ok=True)
        session = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
        with path.with_suffix(".json").open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            said = json.loads(file.read() or "{}")
            others = [Cost(**cost) for cost in said["costs"]] if said.get("session") == session else []
            whole = Tally(sorted([*others, *self.costs], key=lambda cost: cost.fault))
            file.truncate(0)
            json.dump({"session": session, "costs": [asdict(cost) for cost in whole.costs]}, file)
            path.write_text(whole.table(), encoding="utf-8")
