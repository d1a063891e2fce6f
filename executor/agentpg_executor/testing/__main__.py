"""`python -m agentpg_executor.testing`: a fake Claude as a process.

Prints its base URL on the first line of its output, then serves until SIGINT or SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import signal

from . import FakeClaude


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m agentpg_executor.testing", description="A fake Claude API."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port; 0 picks a free one (default)")
    parser.add_argument(
        "--api-key", default="sk-ant-fake", help="the key clients must send (default: %(default)s)"
    )
    parser.add_argument("--script", help="JSON file with scripts and rules")
    parser.add_argument(
        "--pace", type=float, default=0.0, help="seconds between two pieces of a streamed answer"
    )
    parser.add_argument(
        "--batch-seconds", type=float, default=60.0, help="how long a batch takes (default: 60)"
    )
    parser.add_argument("--any-model", action="store_true", help="accept model names the fake does not know")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    fake = FakeClaude(
        host=arguments.host,
        port=arguments.port,
        api_key=arguments.api_key,
        pace=arguments.pace,
        batch_seconds=arguments.batch_seconds,
        allow_unknown_models=arguments.any_model,
        keep_bodies=False,
    )
    if arguments.script:
        fake.load(arguments.script)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with fake:
        print(fake.base_url, flush=True)
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
