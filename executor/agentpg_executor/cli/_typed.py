"""Lines that are typed while an answer is under way."""

from __future__ import annotations

import select
import sys
import time


def typed_line(seconds: float) -> str | None:
    """A line typed at the terminal within `seconds`; None, after that time, if there is none."""
    if not sys.stdin.isatty():
        time.sleep(seconds)
        return None
    if select.select([sys.stdin], [], [], seconds)[0]:
        return sys.stdin.readline().strip() or None
    return None
