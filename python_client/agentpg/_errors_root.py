"""The root of all errors: a message, a code, a hint and the ids involved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

_class_by_code: dict[str, type[AgentPGError]] = {}


class AgentPGError(Exception):
    """Something AgentPG refused or could not do.

    `message` says what, `hint` what to do about it, `code` is the SQLSTATE where there is one, `detail` the
    database's own detail and `details` the same as a mapping. `retryable` is true when the very same call may
    succeed later.
    """

    sqlstate: ClassVar[str | None] = None

    def __init_subclass__(cls, *, code: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.sqlstate = code
        if code is not None:
            _class_by_code[code] = cls

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str | None = None,
        detail: str | None = None,
        details: Mapping[str, Any] | None = None,
        retryable: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code if code is not None else type(self).sqlstate
        self.hint = hint
        self.detail = detail
        self.details: dict[str, Any] = dict(details or {})
        self.retryable = retryable

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\nHINT: {self.hint}"

    def _id(self, key: str) -> UUID | None:
        try:
            return UUID(str(self.details[key]))
        except (KeyError, ValueError):
            return None

    @property
    def run_id(self) -> UUID | None:
        return self._id("run_id")

    @property
    def session_id(self) -> UUID | None:
        return self._id("session_id")

    @property
    def agent_id(self) -> UUID | None:
        return self._id("agent_id")

    @property
    def iteration_id(self) -> UUID | None:
        return self._id("iteration_id")

    @property
    def tool_execution_id(self) -> UUID | None:
        return self._id("tool_execution_id")

    @property
    def batch_id(self) -> UUID | None:
        return self._id("batch_id")

    @property
    def instance_id(self) -> UUID | None:
        return self._id("instance_id")


def class_for(sqlstate: str | None) -> type[AgentPGError] | None:
    """The class that declared this SQLSTATE, if any did."""
    return None if sqlstate is None else _class_by_code.get(sqlstate)
