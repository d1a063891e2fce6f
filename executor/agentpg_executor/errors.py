"""What can be wrong with an executor itself."""

from __future__ import annotations

from agentpg.errors import InvalidConfig, LifecycleError


class ExecutorConfigError(InvalidConfig):
    """The executor cannot start with these arguments, or without this environment variable."""


class ExecutorAlreadyStarted(LifecycleError):
    """The executor was started already; make a new one to start again after a stop."""
