"""The loops that ask for work, one for each kind that this executor has places for."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from ._batch_claiming import BatchClaiming
from ._batch_work import BatchWork
from ._claiming import claiming_runs, claiming_tools
from ._host import Host
from ._instance import Instance
from ._run_work import RunWork
from ._tool_work import ToolWork


def loops_of(
    host: Host, instance: Instance, max_runs: int, max_tools: int, max_batches: int
) -> list[tuple[str, Coroutine[Any, Any, None]]]:
    """Name and body of each loop. They run until the executor drains."""
    tool_work = ToolWork(host)
    run_work = RunWork(host, tool_work)
    loops: list[tuple[str, Coroutine[Any, Any, None]]] = []
    if max_runs > 0:
        tool_work.continue_runs_with(run_work.start)
        loops.append(("agentpg runs", claiming_runs(host, instance, run_work).run()))
    if max_tools > 0:
        loops.append(("agentpg tools", claiming_tools(host, instance, tool_work).run()))
    if max_batches > 0 and host.caller is not None:
        # Nothing announces batches: the first look is now.
        host.batches_wake.set()
        loops.append(
            ("agentpg batches", BatchClaiming(host, instance, BatchWork(host, host.caller.batches)).run())
        )
    return loops
