"""Scripted turns: which answer a request gets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from ._request import FakeRequest
from ._turns import Part, Turn, as_turn

Answer = Callable[[FakeRequest], "Part | None"]
ScriptedTurn = Part | Answer
Match = str | Callable[[FakeRequest], bool]


class Script:
    """A list of turns for the requests it matches.

    In order: each matching request takes the next turn, a retry included. Per conversation: the turn is
    chosen by how many assistant messages follow the prompt, so any number of conversations can follow the
    same script at once and a retry gets the same turn again.
    """

    def __init__(
        self,
        turns: Iterable[ScriptedTurn],
        *,
        match: Match | None = None,
        model: str | None = None,
        repeat: bool = False,
        per_conversation: bool = False,
    ) -> None:
        self.turns: list[Turn | Answer] = [turn if callable(turn) else as_turn(turn) for turn in turns]
        self.keyed = match is not None or model is not None
        self._match = match
        self._model = model
        self._repeat = repeat
        self._per_conversation = per_conversation
        self._lock = threading.Lock()
        self._next = 0

    @property
    def consumed(self) -> int:
        """How many turns requests have taken in order."""
        return self._next

    @property
    def remaining(self) -> int:
        """How many turns are left to take in order."""
        return max(len(self.turns) - self._next, 0)

    def add(self, *turns: ScriptedTurn) -> None:
        """Append turns while the script runs."""
        self.turns.extend(turn if callable(turn) else as_turn(turn) for turn in turns)

    def take(self, request: FakeRequest) -> Turn | None:
        """The turn for this request, or None if the script does not match or has nothing left."""
        if not self._matches(request):
            return None
        if self._per_conversation:
            index = request.position
            if self._repeat and self.turns:
                index %= len(self.turns)
        else:
            with self._lock:
                index = self._next
                if self._repeat and self.turns:
                    index %= len(self.turns)
                if index < len(self.turns):
                    self._next += 1
        if index >= len(self.turns):
            return None
        return resolve(self.turns[index], request)

    def take_summary(self, request: FakeRequest) -> Turn | None:
        """The next turn in order, if it is a summary and nothing else."""
        with self._lock:
            index = self._next % len(self.turns) if self._repeat and self.turns else self._next
            turn = self.turns[index] if index < len(self.turns) else None
            if self._per_conversation or not isinstance(turn, Turn) or not self._matches(request):
                return None
            if len(turn.content) != 1 or turn.content[0].get("type") != "compaction":
                return None
            self._next += 1
            return turn

    def _matches(self, request: FakeRequest) -> bool:
        if self._model is not None and request.model != self._model:
            return False
        match = self._match
        if match is None:
            return True
        return match in request.prompt if isinstance(match, str) else match(request)


def resolve(turn: Turn | Answer, request: FakeRequest) -> Turn | None:
    """Ask a callable for its turn; None means: not mine."""
    if not callable(turn):
        return turn
    answer: Any = turn(request)
    return None if answer is None else as_turn(answer)


class Scripts:
    """All scripts of a fake: those with a key in the order they were given, then those without."""

    def __init__(self) -> None:
        self._keyed: list[Script] = []
        self._plain: list[Script] = []

    def add(self, script: Script) -> Script:
        (self._keyed if script.keyed else self._plain).append(script)
        return script

    def clear(self) -> None:
        """Forget every script."""
        self._keyed.clear()
        self._plain.clear()

    def take(self, request: FakeRequest) -> Turn | None:
        """The turn of the first script that has one for this request."""
        for script in self._keyed:
            if (turn := script.take(request)) is not None:
                return turn
        for script in self._plain:
            if (turn := script.take(request)) is not None:
                return turn
        return None

    def take_summary(self, request: FakeRequest) -> Turn | None:
        """A summary that a script has as its next turn for this request."""
        found = (script.take_summary(request) for script in (*self._keyed, *self._plain))
        return next((turn for turn in found if turn is not None), None)
