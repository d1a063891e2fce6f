"""The benchmark suite works, and what it shows is what was measured. No figure is asserted here."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from bench.calibration import tps
from bench.conversation import CannotDo, Conversation, SubjectFailed, parse
from bench.environments import all_subjects, title_of
from bench.page import BEGIN, END, put_into
from bench.picture import svg
from bench.plan import CASES
from bench.report import tables
from bench.summary import Spread, percentiles, rows

ROOT = Path(__file__).resolve().parents[3]


def result(subject: str, rate: float, **others: Any) -> dict[str, Any]:
    counters = {
        "transactions": 30,
        "statements": None,
        "wal_bytes": 1000,
        "stored_bytes": 400,
        "server_cpu": 0.02,
        "subject_cpu": 0.01,
        "apart_cpu": {},
        "others_cores": 0.1,
        "hot_share": 0.5,
    }
    return {
        "case": "loop",
        "variant": "",
        "subject": subject,
        "repetition": 1,
        "items": 10,
        "seconds": 10 / rate,
        "rate": rate,
        "latencies_ms": {},
        "figures": {},
        "note": "",
        "calibration": 2000.0,
        "peak_memory": 1,
        "counters": counters,
        **others,
    }


def test_a_row_has_the_median_the_range_and_the_cost_of_an_item() -> None:
    [row] = rows([result("agentpg", rate) for rate in (100.0, 300.0, 120.0)])
    assert row.rate == Spread(120.0, 100.0, 300.0)
    assert row.per_item["transactions"] == 3
    assert row.per_item["server_cpu"] == pytest.approx(2.0)
    assert "statements" not in row.per_item


def test_a_ratio_above_one_says_that_ours_is_faster() -> None:
    ours, theirs = rows([result("agentpg", 200.0), result("other", 100.0)])
    assert ours.ratio is None
    assert theirs.ratio == 2.0


def test_the_ratio_of_latencies_is_that_of_the_results() -> None:
    given = [
        result(name, 1.0, latencies_ms={"result": percentiles([value] * 3)})
        for name, value in (("agentpg", 5.0), ("other", 20.0))
    ]
    assert rows(given)[1].ratio == 4.0


def test_a_repetition_that_failed_is_told_and_not_counted() -> None:
    failed = {"case": "loop", "variant": "", "subject": "other", "repetition": 2, "failed": "boom\nmore"}
    _, row = rows([result("agentpg", 200.0), result("other", 100.0), failed])
    assert row.repetitions == 1
    assert row.note == "boom"


def test_percentiles_are_of_values_that_occurred() -> None:
    found = percentiles([float(value) for value in range(1, 101)])
    assert (found["p50"], found["p95"], found["p99"], found["most"]) == (50.5, 95.0, 99.0, 100.0)
    assert percentiles([]) == {"count": 0.0}


def test_the_tables_and_the_picture_show_every_subject() -> None:
    document = {"results": [result("agentpg", 200.0), result("a & b", 100.0, note="not the same")]}
    text = tables(document)
    assert "| a & b | 100 | 2.00 x | 1.00 + 2.00 |" in text
    assert "- a & b: not the same" in text
    picture = ElementTree.fromstring(svg(document))
    words = [element.text for element in picture.iter() if element.tag.endswith("text")]
    assert {"agentpg", "a & b"} <= set(words)


def test_results_go_between_the_marks_of_a_page_and_leave_its_words(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"Before.\n{BEGIN}\nold\n{END}\nAfter.\n")
    document = {
        "made": "2026-01-02T03:04:05+00:00",
        "machine": {"cores": 2, "processor": "slow", "python": "3.11"},
        "postgres": {"version": "PostgreSQL 18", "settings": {"shared_buffers": "512MB"}},
        "calibration": "pgbench -N",
        "quick": True,
        "results": [result("agentpg", 200.0)],
    }
    put_into(page, document)
    once = page.read_text()
    put_into(page, document)
    assert page.read_text() == once
    assert once.startswith("Before.\n")
    assert once.endswith("\nAfter.\n")
    assert "old" not in once
    assert "| agentpg | 200 |" in once
    assert "quick figures" in once
    ElementTree.parse(page.with_suffix(".svg"))


def test_only_lines_with_a_phase_are_for_the_harness() -> None:
    assert parse('{"phase": "start"}\n') == {"phase": "start"}
    assert parse("hello\n") is None
    assert parse('{"ready": true}\n') is None
    assert parse("{broken\n") is None


def test_a_subject_is_heard_and_let_go() -> None:
    script = (
        "from bench.subject import Subject\n"
        "subject = Subject.from_arguments(); print('noise'); subject.start({'fake': 1})\n"
        "subject.end(3, latencies_ms={'result': [1.0]}, figures={'x': 2.0}, note='so')\n"
    )
    with Conversation([sys.executable, "-c", script, "loop", "dsn", "{}"], 20) as subject:
        assert subject.hear("start")["apart"] == {"fake": 1}
        subject.go()
        said = subject.hear("end")
        assert (said["items"], said["latencies_ms"], said["figures"]) == (3, {"result": [1.0]}, {"x": 2.0})
        subject.go()
        subject.wait(20)


def test_a_subject_that_breaks_is_told_with_what_it_said() -> None:
    with Conversation([sys.executable, "-c", "raise SystemExit('no luck')"], 20) as subject:
        with pytest.raises(SubjectFailed, match="no luck"):
            subject.hear("start")


def test_a_subject_may_say_that_it_cannot() -> None:
    script = "from bench.subject import Subject\nSubject.from_arguments().cannot('no queue')\n"
    with Conversation([sys.executable, "-c", script, "drain", "dsn", "{}"], 20) as subject:
        with pytest.raises(CannotDo, match="no queue"):
            subject.hear("start")


def test_the_rate_is_read_from_what_pgbench_says() -> None:
    said = "number of failed transactions: 0 (0.000%)\ntps = 2917.5 (without initial connection time)\n"
    assert tps(said) == 2917.5


def test_every_subject_has_a_name_to_show_and_every_case_a_module() -> None:
    assert all_subjects()[0] == "agentpg"
    assert all(title_of(subject) for subject in all_subjects())
    for case in CASES.values():
        assert case.module is None or (ROOT / "bench" / "cases" / f"{case.module}.py").exists()


def test_the_suite_runs_a_case_from_end_to_end(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "--quick", "--cases", "loop", "growing"]
    command += ["--subjects", "agentpg", "--repetitions", "1", "--out", str(tmp_path)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    document = json.loads((tmp_path / "results.json").read_text())
    found, *growing = document["results"]
    assert found["items"] == 3 * 2 * 2
    assert found["counters"]["wal_bytes"] > 0
    assert found["counters"]["transactions"] > 0
    assert [each["items"] for each in growing] == [2 * 2 * 2] * 3
    assert "agentpg" in (tmp_path / "results.md").read_text()
    ElementTree.parse(tmp_path / "results.svg")
