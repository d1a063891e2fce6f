"""The tools of the workers. Each call stands before the test's barrier, which says how it ends."""

from __future__ import annotations

import os
import socket

from agentpg_executor.tools import ToolContext, ToolSnooze, tool


@tool(max_attempts=8)
def work(n: int, context: ToolContext) -> str:
    """Does what the test says."""
    host, port = os.environ["BARRIER"].split(":")
    with socket.create_connection((host, int(port))) as line:
        line.settimeout(0.05)
        line.sendall(f"{context.tool_use_id} {n} {context.attempt} {os.getpid()}\n".encode())
        said = ""
        while not said:
            if context.cancelled:
                line.sendall(b"cancelled\n")
                return "cancelled"
            try:
                said = line.recv(100).decode()
            except TimeoutError:
                continue
    if said == "raise\n":
        raise ConnectionError("the test says so")
    if said == "snooze\n":
        raise ToolSnooze(0.01)
    return f"worked on {n}"
