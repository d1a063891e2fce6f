"""What the fake knows as its own when it comes back: thinking by signature, unknown blocks by type."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

_PREFIX = "RmFrZVNpZ25hdHVyZQ"


def sign(thinking: str) -> str:
    """The signature a thinking block gets. The same text has the same signature in every process."""
    digest = hashlib.blake2b(thinking.encode(), digest_size=24, key=b"agentpg fake thinking").digest()
    return _PREFIX + base64.b64encode(digest).decode()


@dataclass(slots=True)
class OwnWork:
    """The signatures that scripts chose, and the block types that nobody else knows."""

    signatures: set[str] = field(default_factory=set[str])
    block_types: set[str] = field(default_factory=set[str])

    def is_forged(self, thinking: str, signature: str) -> bool:
        """Whether a thinking block was edited, or never came from a fake."""
        return signature not in self.signatures and signature != sign(thinking)
