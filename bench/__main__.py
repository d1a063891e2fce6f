"""python -m bench: every case with every subject, several times in turn, on a Postgres of its own."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .calibration import Calibration
from .environments import ROOT, all_subjects, script_of, title_of
from .page import put_into
from .picture import svg
from .plan import CASES, Case
from .report import tables
from .server import Server
from .suite import OURS, Suite


def main(arguments: list[str] | None = None) -> int:
    given = _parse(arguments)
    document = json.loads(Path(given.render).read_text()) if given.render else measure(given)
    write(document, Path(given.out))
    if given.page:
        put_into(Path(given.page), document)
    print(tables(document))
    return 1 if any("failed" in result for result in document["results"]) else 0


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Runs what was asked for. What was measured before an interruption is not lost."""
    cases = _cases(given.cases)
    subjects: list[str] = given.subjects or all_subjects()
    for subject in subjects:
        script_of(subject)
    document: dict[str, Any] = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _machine(),
        "quick": given.quick,
        "subjects": {subject: title_of(subject) for subject in subjects},
        "results": [],
    }
    bindir = Path(given.bindir) if given.bindir else None
    try:
        # Cases that want other settings get a server of their own.
        for settings, those in itertools.groupby(cases, key=lambda case: case.settings):
            with Server(bindir, settings, durable=not given.quick) as server:
                server.prepare()
                calibration = Calibration(server, quick=given.quick)
                document.setdefault("postgres", server.describe())
                document["calibration"] = calibration.means
                suite = Suite(server, calibration, Path(given.environments), given.quick)
                for result in suite.run(those, subjects, given.repetitions):
                    document["results"].append(result)
                    write(document, Path(given.out))
    except KeyboardInterrupt:
        print("interrupted: the tables have what was measured until then", file=sys.stderr)
    return document


def write(document: dict[str, Any], folder: Path) -> None:
    """results.json, results.md and results.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(document, indent=1) + "\n")
    (folder / "results.md").write_text(tables(document))
    (folder / "results.svg").write_text(svg(document))


def _cases(names: list[str] | None) -> list[Case]:
    unknown = set(names or []) - CASES.keys()
    if unknown:
        raise SystemExit(f"no such case: {', '.join(sorted(unknown))} (there are: {', '.join(CASES)})")
    return [case for name, case in CASES.items() if (name in names if names else not case.on_demand)]


def _machine() -> dict[str, Any]:
    model = ""
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = (line.partition(":") for line in information.read_text().splitlines())
        model = next((value.strip() for key, _, value in lines if key.strip() == "model name"), "")
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--cases", nargs="+", metavar="CASE", help=f"of {', '.join(CASES)} (all)")
    parser.add_argument(
        "--subjects",
        nargs="+",
        metavar="SUBJECT",
        help=f"of {', '.join(all_subjects())} (all; {OURS} is ours)",
    )
    parser.add_argument("--repetitions", type=int, default=3, metavar="N", help="of each, in turn (3)")
    parser.add_argument(
        "--quick", action="store_true", help="tiny numbers, no fsync: whether it works, not how fast"
    )
    parser.add_argument("--bindir", help="the folder with the programs of the Postgres to use")
    parser.add_argument("--out", default=str(ROOT / "build" / "bench"), help="where the results go")
    parser.add_argument(
        "--environments",
        default=str(ROOT / "build" / "bench" / "environments"),
        help="where the virtual environments of the others are made",
    )
    parser.add_argument("--page", metavar="FILE", help="puts the results into this page too")
    parser.add_argument(
        "--render", metavar="JSON", help="measures nothing: writes the tables of these results"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
