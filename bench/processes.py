"""Processor time and memory of processes and all that they started, from /proc."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    cpu_seconds: float
    """Its own, and that of its children which it has waited for."""


def available() -> bool:
    return Path("/proc/self/stat").exists()


def all_processes() -> dict[int, Process]:
    found: dict[int, Process] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # The name, in parentheses, may have spaces.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks = sum(int(value) for value in fields[11:15])
        found[int(folder.name)] = Process(int(folder.name), int(fields[1]), ticks / _TICK)
    return found


def tree(root: int, processes: dict[int, Process], without: frozenset[int] = frozenset()) -> list[Process]:
    """`root` and all below it, except the trees that begin at `without`."""
    if root in without or root not in processes:
        return []
    below = [p.pid for p in processes.values() if p.parent == root]
    return [processes[root], *(each for pid in below for each in tree(pid, processes, without))]


def cpu_of(root: int, processes: dict[int, Process], without: frozenset[int] = frozenset()) -> float:
    """Seconds of all processes of the tree, those that have ended included."""
    return sum(each.cpu_seconds for each in tree(root, processes, without))


def peak_memory(pid: int) -> int:
    """Bytes that the process had resident at most."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def memory(pid: int) -> int:
    """Bytes that the process has resident."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def machine_busy_seconds() -> float:
    """Processor time that all of the machine has used since it started."""
    fields = [int(value) for value in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    idle = fields[3] + fields[4]
    return (sum(fields[:8]) - idle) / _TICK
