"""An executor as a process of its own, for tests that send it signals. Its tool waits for a file."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

from agentpg_executor.executor import Executor
from agentpg_executor.tools import ToolContext, tool


@tool
def wait_for_release(context: ToolContext) -> str:
    """Ends when the test says so."""
    release = Path(os.environ["RELEASE_FILE"])
    while not release.exists():
        context.cancelled.wait_blocking(0.02)
    return "released"


async def main(grace: float) -> None:
    executor = Executor(tools=[wait_for_release], grace_period=grace)
    await executor.run()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    asyncio.run(main(float(sys.argv[1])))
    print("ended")
