"""The workplace of the executor's tests, with a person in it."""

from __future__ import annotations

from agentpg import Approval
from executor.conftest import Workplace, eventually, fake, work

__all__ = ["fake", "waiting_call", "work"]


async def waiting_call(work: Workplace, count: int = 1) -> Approval:
    """The first of so many calls that wait for a person, once they do."""
    found: list[Approval] = []

    async def asked() -> bool:
        found[:] = await work.client.list_approvals()
        return len(found) == count

    await eventually(asked, f"{count} calls wait for approval")
    return found[0]
