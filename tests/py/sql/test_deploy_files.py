"""House rules of the SQL files, as text."""

from __future__ import annotations

import re
from pathlib import Path

import pglast
import pytest

ROOT = Path(__file__).resolve().parents[3]
SQL = ROOT / "sql"
FOLDERS = ("deploy", "revert", "verify")
FILES = sorted(path for folder in FOLDERS for path in (SQL / folder).rglob("*.sql"))
TESTS = sorted((ROOT / "tests" / "pgtap").rglob("*.sql"))

PREPOSITION = {"deploy": "to", "revert": "from", "verify": "on"}

# Changes that may build statements with execute, each with its reason.
DYNAMIC = {
    "core/access": "grants, to a role that the caller names",
    "registry/approval_rules": "calls the function that a tool names",
    "conversation/plan_compaction": "calls the strategy that the settings name",
}
READS_TIME = {
    "core/clock": "it is the clock",
    "core/notify": "whether a transaction has one statement is no matter of the clock",
    "core/uuid": "ids stay in order when a test turns the clock back",
}

_KEYWORDS = (
    "select|insert|update|delete|from|where|join|create|alter|drop|table|function|returns|return|begin|commit|rollback"
    "|declare|constraint|primary|foreign|references|check|not|null|default|language|volatile|stable|immutable|index"
    "|comment|trigger|execute|raise|perform|loop|then|else|end|if|case|when|with|values|returning|grant|revoke"
)
_UPPER = re.compile(rf"\b(?:{_KEYWORDS.upper()})\b")
_CLOCKS = re.compile(
    r"clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|current_timestamp|current_date"
    r"|localtimestamp|(?<!agentpg\.)\bnow\(\)"
)
_STRING = re.compile(r"'(?:''|[^'])*'")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def code_of(path: Path) -> str:
    """The file without comments and string literals; lines stay where they were."""
    text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    return _STRING.sub(lambda match: "''" + "\n" * match[0].count("\n"), text)


def hits(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(code_of(path).splitlines(), 1)
        if pattern.search(line)
    ]


def in_folder(folder: str) -> list[Path]:
    return [path for path in FILES if path.is_relative_to(SQL / folder)]


def test_there_are_files_to_judge() -> None:
    assert len(in_folder("deploy")) > 20


def test_no_file_is_longer_than_250_lines() -> None:
    assert [str(path) for path in FILES if path.read_text(encoding="utf-8").count("\n") > 250] == []


def test_keywords_are_in_lower_case() -> None:
    assert hits(_UPPER, FILES) == []


def test_no_psql_meta_command_stands_in_a_script() -> None:
    """The Python migrator sends the files as they are, so psql syntax would reach the server."""
    assert hits(re.compile(r"^\s*\\|(?<![:\w]):['\"]?[a-z_]\w*(?!:)\b(?<!=)", re.IGNORECASE), FILES) == []


def test_static_sql_only() -> None:
    pattern = re.compile(r"\bexecute\b(?!\s+(?:function|procedure)\b)(?!\s+on\b)", re.IGNORECASE)
    allowed = {SQL / "deploy" / f"{change}.sql" for change in DYNAMIC}
    assert hits(pattern, [path for path in FILES if path not in allowed]) == []


def test_nothing_but_the_clock_reads_the_time_of_day() -> None:
    allowed = {SQL / "deploy" / f"{change}.sql" for change in READS_TIME}
    assert hits(_CLOCKS, [path for path in in_folder("deploy") if path not in allowed]) == []


def test_no_tab_and_no_space_at_the_end_of_a_line() -> None:
    bad = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if "\t" in line or line != line.rstrip()
    ]
    assert bad == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_script_is_one_transaction(folder: str) -> None:
    ending = "rollback;" if folder == "verify" else "commit;"
    for path in in_folder(folder):
        lines = [line for line in code_of(path).splitlines() if line.strip()]
        assert (lines[0], lines[-1]) == ("begin;", ending), path


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_script_says_which_change_it_is(folder: str) -> None:
    for path in in_folder(folder):
        change = path.relative_to(SQL / folder).with_suffix("")
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first == f"-- {folder.capitalize()} agentpg:{change} {PREPOSITION[folder]} pg"


def plan_changes() -> dict[str, set[str]]:
    """Change name to the names it requires, in the order of the plan."""
    changes: dict[str, set[str]] = {}
    for line in (ROOT / "sqitch.plan").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([^%#@\s]\S*)(?: \[([^\]]*)\])? ", line):
            changes[found[1]] = set((found[2] or "").split())
    return changes


def test_every_change_of_the_plan_has_its_three_scripts_and_no_script_is_left_over() -> None:
    planned = set(plan_changes())
    for folder in FOLDERS:
        there = {str(path.relative_to(SQL / folder).with_suffix("")) for path in in_folder(folder)}
        assert there == planned, folder


def test_the_requirements_in_a_script_are_those_of_the_plan() -> None:
    for change, required in plan_changes().items():
        script = (SQL / "deploy" / f"{change}.sql").read_text(encoding="utf-8")
        assert set(re.findall(r"^-- requires: (\S+)$", script, re.MULTILINE)) == required, change


def test_postgres_own_parser_reads_every_file() -> None:
    refused: dict[str, str] = {}
    for path in FILES + TESTS:
        try:
            pglast.parse_sql(path.read_text(encoding="utf-8"))
        except pglast.parser.ParseError as error:
            refused[str(path.relative_to(ROOT))] = str(error)
    assert refused == {}
