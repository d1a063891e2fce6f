"""The workplace of the executor tests; whatever a test does, the API refused none of its requests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from executor.conftest import Workplace, fake, work

__all__ = ["fake", "work"]


@pytest.fixture(autouse=True)
def no_request_is_refused(work: Workplace) -> Iterator[None]:
    yield
    assert [entry.response for entry in work.fake.journal.messages if entry.status >= 400] == []
    assert work.rows("select rule, detail from agentpg.invariant_violations") == []
