"""The second process of a case: the same script as a client, which creates runs one by one when told to."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from bench.subject import Subject


class Companion:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def of(cls, subject: Subject) -> Companion:
        """The process is there, connected, and waits for `work`."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *(sys.argv[0], "client", subject.dsn, json.dumps(subject.parameters)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**24,
        )
        companion = cls(process)
        await companion._said("start")
        return companion

    async def work(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"go\n")
        await self._process.stdin.drain()

    async def worked(self) -> dict[str, Any]:
        """What it measured. It stays until this process ends, so that its processor time can be read."""
        return await self._said("end")

    async def _said(self, phase: str) -> dict[str, Any]:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            if line.startswith(b'{"phase":'):
                message: dict[str, Any] = json.loads(line)
                if message["phase"] == phase:
                    return message
        raise SystemExit("the client process ended early")
