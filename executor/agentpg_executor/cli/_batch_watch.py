"""Following batches until all are over: drawn again in place on a terminal, a line a change elsewhere."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from ._batch_view import batch_table, queue_line, state_words
from ._screen import Pen, Screen, width_of
from ._shapes import line
from ._words import count, dollars, seconds

if TYPE_CHECKING:
    from agentpg import BatchProgress, BatchQueue, Client

_ESCAPE = re.compile("\x1b\\[[0-9;]*m")
_MOST = 500


def watch(
    client: Client, screen: Screen, wanted: Sequence[UUID], *, interval: float, as_json: bool = False
) -> None:
    """Returns once every batch (of those wanted, if any are) is over and nothing is due to be gathered."""
    from agentpg.errors import AgentPGError

    picture = Picture(screen.out) if screen.out.moves and not as_json else None
    known: dict[UUID, BatchProgress] = {}
    said: dict[UUID, str] = {}
    waited: dict[str, int] = {}
    while True:
        try:
            queues = [] if wanted else client.batch_queue()
            _look(client, wanted, known)
        except AgentPGError as error:
            if not error.retryable:
                raise
            trouble = f"the database does not answer, trying again: {error.message}"
            screen.note(screen.err.paint(screen.err.show(trouble), "yellow"))
            time.sleep(interval)
            continue
        if picture is not None:
            picture.draw(queues, list(known.values()))
        else:
            if not as_json:
                _say_queues(screen, queues, waited)
            _say_changes(screen, known.values(), said, as_json=as_json)
        waiting = any(queue.due and queue.parked_reason is None for queue in queues)
        if all(batch.is_over for batch in known.values()) and not waiting:
            break
        time.sleep(interval)
    screen.hint(f"{count(len(known), 'batch', 'batches')} over" if known else "no batch is open")


def _look(client: Client, wanted: Sequence[UUID], known: dict[UUID, BatchProgress]) -> None:
    """What is wanted or open, and what was open a moment ago."""
    if wanted:
        seen = {one: client.get_batch(one) for one in wanted}
    else:
        seen = {one.batch_id: one for one in client.list_batches(open_only=True, max_count=_MOST)}
    for one, batch in list(known.items()):
        if one not in seen and not batch.is_over:
            seen[one] = client.get_batch(one)
    known.update(seen)


def _say_queues(screen: Screen, queues: Sequence[BatchQueue], waited: dict[str, int]) -> None:
    for queue in queues:
        if waited.get(queue.model) != queue.queued:
            waited[queue.model] = queue.queued
            screen.data(queue_line(screen.out, queue))


def _say_changes(
    screen: Screen, batches: Iterable[BatchProgress], said: dict[UUID, str], *, as_json: bool
) -> None:
    for batch in batches:
        words = _line(batch)
        if said.get(batch.batch_id) != words:
            said[batch.batch_id] = words
            screen.data(line(batch) if as_json else f"{batch.batch_id}  {words}{_so_far(batch)}")


def _line(batch: BatchProgress) -> str:
    error = f", {batch.last_error}" if batch.last_error else ""
    return f"{state_words(batch)}, {batch.settled:,} of {batch.request_count:,} done{error}"


def _so_far(batch: BatchProgress) -> str:
    if batch.elapsed is None:
        return ""
    cost = f", {dollars(batch.cost_usd)}" if batch.is_over and batch.cost_usd is not None else ""
    return f", after {seconds(batch.elapsed)}{cost}"


class Picture:
    """Lines that are drawn over the ones drawn before."""

    def __init__(self, pen: Pen) -> None:
        self._pen = pen
        self._rows = 0

    def draw(self, queues: Sequence[BatchQueue], batches: Sequence[BatchProgress]) -> None:
        room = max(shutil.get_terminal_size().lines - 5 - len(queues), 3)
        newest = sorted(batches, key=lambda batch: (not batch.is_over, batch.batch_id), reverse=True)
        parts = [queue_line(self._pen, queue) for queue in queues]
        if newest:
            parts.append(batch_table(self._pen, newest[:room], provider_ids=False))
        if len(newest) > room:
            parts.append(f"and {len(newest) - room:,} more")
        text = "\n".join(parts)
        back = f"\x1b[{self._rows}A\r\x1b[J" if self._rows else ""
        self._pen.write(back + text if text else back, end="\n" if text else "")
        # A line that is too long for the terminal takes more than one of its rows.
        self._rows = sum(
            max(1, -(-width_of(_ESCAPE.sub("", shown)) // self._pen.width)) for shown in text.splitlines()
        )
