"""What the README shows of `make demo` is what the demo prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.timeout(120)
def test_the_transcript_of_the_readme_is_the_demos(root: Path) -> None:
    page = (root / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```\n(  ✓ Postgres.*?)^```$", page, re.M | re.S)
    without = {"DATABASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "agentpg_executor.cli", "demo", "--pace", "0"],
        env={name: value for name, value in os.environ.items() if name not in without},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout
    printed = {shape(line) for line in done.stdout.splitlines()}
    missing = [
        line
        for line in shown.splitlines()
        if not any(each.startswith(shape(line).rstrip("… ")) for each in printed)
    ]
    assert missing == []


def test_the_readme_names_targets_that_exist(root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"^make (\w+)", (root / "README.md").read_text(encoding="utf-8"), re.M)
    assert named == ["demo", "test"]
    assert [target for target in named if not re.search(rf"^{target}:", makefile, re.M)] == []


def shape(line: str) -> str:
    """The line without what differs from run to run: ids, folders, times, counts, who got the tool first."""
    line = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|/\S*agentpg-\S+", "#", line)
    line = re.sub(r"executor-[AB]|pid \d+|kill -9 \d+", "#", line)
    line = re.sub(r"\d+(\.\d+)? m?s\b", "#", line)
    line = re.sub(r"^ +\d+\.\d+ ", "# ", line)
    line = re.sub(r"\d+ changes|\d+ tokens in, \d+ out|\$[\d.]+|Postgres \d+", "#", line)
    return " ".join(line.split())
