"""What is said in the demo's second act."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..testing import FakeClaude, FakeRequest

AGENT = "agentpg-demo-booking"
SYSTEM = (
    "You book hotel rooms. Call your tool at once and only once. Then say in one short sentence, without "
    "markup, which booking number the room has, and which process, by its pid, made it in which attempt."
)
PROMPT = "Please book me a room in Kyoto for Friday night."


def script(fake: FakeClaude) -> None:
    """Lets the fake ask for the booking, and tell of its result."""
    from ..testing import reply, text, tool_use
    from ._crash_tools import BOOK

    fake.script(
        [reply(tool_use(BOOK, {"city": "Kyoto"})), lambda request: text(_answer(request))],
        match=lambda request: BOOK in request.tools,
        per_conversation=True,
    )


def _answer(request: FakeRequest) -> str:
    booked = [json.loads(result.text) for result in request.tool_results if not result.is_error]
    if not booked:
        return "I could not book a room: the tool did not answer."
    return (
        f"Your room at the {booked[-1]['hotel']} is booked, number {booked[-1]['booking']}: "
        f"made by process {booked[-1]['pid']} in attempt {booked[-1]['attempt']}."
    )
