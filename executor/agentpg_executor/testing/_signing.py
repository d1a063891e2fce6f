"""What the fake knows as its own when it comes back: thinking and summaries by signature, new blocks by type.

A signature holds all that is needed to check it later, in any process: who thought, what came before, which
thinking came before, and a code over these and the text.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple

_THINKING = "RmFrZVNpZ25hdHVyZQ"
_SUMMARY = "RmFrZVN1bW1hcnk"
_KEY = b"agentpg fake thinking"
NOTHING = bytes(8)


class Point(NamedTuple):
    """A place in a conversation: a digest of all before it, and the tag of the thinking before it."""

    digest: bytes
    thinking: bytes


class Record(NamedTuple):
    """Where a thinking block was thought, and by which model."""

    model: bytes
    point: Point


def tag(value: str) -> bytes:
    """Eight bytes that stand for a model or for a signature."""
    return hashlib.blake2b(value.encode(errors="replace"), digest_size=8).digest()


def _code(*parts: bytes) -> bytes:
    digest = hashlib.blake2b(digest_size=16, key=_KEY)
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.digest()


def proof_of(block: dict[str, Any]) -> str:
    """The signature of a thinking block; of a redacted one, all it holds."""
    return str(block.get("signature") if block.get("type") == "thinking" else block.get("data"))


def sign(kind: str, text: str, record: Record) -> str:
    """The signature of a `thinking` block, or the data of a `redacted_thinking` block."""
    body = record.model + record.point.digest + record.point.thinking
    code = _code(kind.encode(), text.encode(errors="replace"), body)
    return _THINKING + base64.b64encode(body + code).decode()


def _opened(kind: str, text: str, signature: str) -> Record | None:
    try:
        raw = base64.b64decode(signature.removeprefix(_THINKING), validate=True)
    except ValueError:
        return None
    record = Record(raw[:8], Point(raw[8:24], raw[24:32]))
    return record if signature == sign(kind, text, record) else None


def sign_summary(text: str, point: Point) -> str:
    """The signature of a summary asked for on demand: it stands for the conversation up to `point`."""
    body = point.digest + point.thinking + _code(text.encode(errors="replace"))
    return _SUMMARY + base64.b64encode(body + _code(b"summary", body)).decode()


class Summary(NamedTuple):
    """What a summary's signature says: the place it stands for, and whether the text is still the same."""

    point: Point
    intact: bool


def open_summary(text: str, signature: str) -> Summary | None:
    """Read a summary's signature; None if the fake never gave it."""
    try:
        raw = base64.b64decode(signature.removeprefix(_SUMMARY), validate=True)
    except ValueError:
        return None
    body = raw[:40]
    if signature != _SUMMARY + base64.b64encode(body + _code(b"summary", body)).decode():
        return None
    return Summary(Point(body[:16], body[16:24]), body[24:] == _code(text.encode(errors="replace")))


class OwnWork:
    """The signatures that scripts chose, and the block types that nobody else knows."""

    def __init__(self, signatures: Iterable[str] = (), block_types: Iterable[str] = ()) -> None:
        self.block_types = set(block_types)
        self._chosen: dict[str, set[Record]] = {signature: set() for signature in signatures}

    def remember(self, signature: str, record: Record) -> None:
        """A signature that a script chose says nothing by itself; the fake remembers what it stands for."""
        self._chosen.setdefault(signature, set()).add(record)

    def records_of(self, block: dict[str, Any]) -> set[Record] | None:
        """Where a block was thought; None if it was edited or never came from a fake, empty if anywhere."""
        proof = proof_of(block)
        chosen = self._chosen.get(proof)
        if chosen is not None:
            return chosen
        kind = str(block["type"])
        text = block.get("thinking") if kind == "thinking" else ""
        record = _opened(kind, text, proof) if isinstance(text, str) else None
        return None if record is None else {record}
