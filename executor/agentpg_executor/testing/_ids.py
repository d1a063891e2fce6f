"""Identifiers shaped like the API's: a prefix, `01`, 22 base62 characters."""

from __future__ import annotations

import random
import string

_BASE62 = string.digits + string.ascii_letters


class Ids:
    """Makes identifiers; the same seed gives the same sequence."""

    def __init__(self, rng: random.Random) -> None:
        self._choices = rng.choices

    def new(self, prefix: str) -> str:
        """`msg_01...`, `toolu_01...`, `srvtoolu_01...`, `msgbatch_01...`, `req_01...`."""
        return f"{prefix}_01{''.join(self._choices(_BASE62, k=22))}"
