"""The pytest plugin: a fixture `fake_claude` for tests of anything that calls Claude.

Installed with `agentpg`, it is on by itself. It imports nothing heavy until a test asks for the fixture.

>>> @pytest.mark.fake_claude(pace=0.01)
... def test_it(fake_claude):
...     fake_claude.script([...])
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ._fake import FakeClaude
    from ._settings import Options


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "fake_claude(**options): options of the FakeClaude this test gets")


@pytest.fixture
def fake_claude(request: pytest.FixtureRequest) -> Iterator[FakeClaude]:
    """A running `FakeClaude` in its own thread, for sync and async tests."""
    from ._fake import FakeClaude

    marker: Any = request.node.get_closest_marker("fake_claude")
    options: Options = marker.kwargs if marker else {}
    with FakeClaude.in_thread(**options) as fake:
        yield fake
