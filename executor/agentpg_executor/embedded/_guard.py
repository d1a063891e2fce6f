"""A watchman that stops the server when this process dies without saying goodbye.

It is a shell that reads a pipe whose other end this process holds. When the process ends, however it ends
(SIGKILL too), the pipe closes and the shell stops the server it finds in the data folder. PR_SET_PDEATHSIG
would do it on Linux, but it fires when the *thread* that started the server ends.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

_SCRIPT = r"""
trap '' HUP INT TERM
while read -r line; do :; done
ours() {
  if [ -d /proc/self ]; then [ "$(readlink "/proc/$1/cwd")" = "$data" ]
  else ps -o comm= -p "$1" | grep -q postgres; fi
}
data=$1
for again in 1 2 3; do
  pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null)
  if [ -n "$pid" ] && ours "$pid"; then
    kill -INT "$pid"
    tries=0
    while ours "$pid" && [ $tries -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
    if ours "$pid"; then kill -KILL "$pid"; fi
    break
  fi
  sleep 0.3
done
rm -rf "$2" || { sleep 1; rm -rf "$2"; }
"""


class Guard:
    """Watches from before the server's start until `dismiss`."""

    def __init__(self, data: Path, *, remove: Path) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, "agentpg-guard", str(data), str(remove)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )

    @property
    def pid(self) -> int:
        return self._shell.pid

    def dismiss(self) -> None:
        """Ends the watch, and touches nothing."""
        self._shell.kill()
        self._shell.wait()
        if self._shell.stdin is not None:
            self._shell.stdin.close()
