"""The fake Claude as a process of its own, so that its processor time is not taken for somebody else's."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

API_KEY = "sk-ant-fake"


class Fake:
    """Serves until the end of the `with` block."""

    def __init__(self, script: dict[str, Any], *options: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        file = Path(self._folder.name) / "script.json"
        file.write_text(json.dumps(script))
        command = [sys.executable, "-m", "agentpg_executor.testing", "--api-key", API_KEY]
        command += ["--script", str(file), *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.base_url = self._process.stdout.readline().strip()
        if not self.base_url:
            raise SystemExit("the fake did not start")

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> Fake:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()
