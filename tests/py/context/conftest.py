"""The workplace of the executor tests."""

from __future__ import annotations

from executor.conftest import fake, work

__all__ = ["fake", "work"]
