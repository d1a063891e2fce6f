"""Whole lines out of a download that comes in pieces, some hundred at a time."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from ._json import is_object
from .model import StreamBroken

MAX_LINES = 500
MAX_BYTES = 1024 * 1024
LONGEST_LINE = 128 * 1024 * 1024


async def chunks_of_lines(
    pieces: AsyncIterator[bytes], *, max_lines: int = MAX_LINES, max_bytes: int = MAX_BYTES
) -> AsyncIterator[list[bytes]]:
    """Lists of lines without their ends; blank lines do not count.

    A chunk ends at `max_lines` lines, or with the line that reaches `max_bytes`. A file that stops in the
    middle of a line is torn: `StreamBroken`, after all the lines before it.
    """
    lines: list[bytes] = []
    size = 0
    rest = bytearray()
    async for piece in pieces:
        *whole, last = piece.split(b"\n")
        for end in whole:
            rest += end
            line = bytes(rest).strip()
            rest.clear()
            if not line:
                continue
            lines.append(line)
            size += len(line)
            if len(lines) >= max_lines or size >= max_bytes:
                yield lines
                lines, size = [], 0
        rest += last
        if len(rest) > LONGEST_LINE:
            raise StreamBroken("a line of the results has no end")
    line = bytes(rest).strip()
    # No part of a JSON object is one itself: a last line that is whole lacks only its end of line.
    torn = bool(line) and not _is_object(line)
    if line and not torn:
        lines.append(line)
    if lines:
        yield lines
    if torn:
        raise StreamBroken("the results end in the middle of a line")


async def first_line(pieces: AsyncIterator[bytes]) -> bytes | None:
    """The first line, as soon as it is there; None if there is none."""
    async for lines in chunks_of_lines(pieces, max_lines=1):
        return lines[0]
    return None


def _is_object(line: bytes) -> bool:
    try:
        return is_object(json.loads(line))
    except ValueError:
        return False
