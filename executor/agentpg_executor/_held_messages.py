"""The messages of the model call a run has just made, kept until its next one asks for the new ones alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from agentpg.claims import KnownContext, RunClaim


@dataclass(frozen=True, slots=True)
class HeldMessages:
    """What a request showed, and how the database recognises it.

    The messages themselves are shared by all requests of a run, and never changed.
    """

    known: KnownContext
    messages: list[dict[str, Any]]

    @classmethod
    def of(cls, claim: RunClaim) -> HeldMessages | None:
        """Those of a complete request; None where the database does not say what they are known by."""
        known = claim.context
        return None if known is None else cls(known, claim.request["messages"])

    def completing(self, claim: RunClaim) -> RunClaim:
        """The claim with all messages of its request, if only the new ones came with it."""
        if claim.messages_after is None:
            return claim
        # A list of its own: hooks and a call that is still being dropped may be reading the one before it.
        messages = list(self.messages)
        for added in claim.request["messages"]:
            if messages and messages[-1]["role"] == added["role"]:
                # All that one side says in a row is one message.
                messages[-1] = {**added, "content": messages[-1]["content"] + added["content"]}
            else:
                messages.append(added)
        return replace(claim, request={**claim.request, "messages": messages}, messages_after=None)
