"""What went wrong with a model call, in the words of `record_failure`.

Nothing is decided here: status, type, error code and the API's own advice go to the database as they are,
and the database retries, parks or fails.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import anthropic
import httpx2

from .._json import is_object
from .._text import clean_text, cut_text, describe_error, mask_secrets
from .accumulator import StreamBroken

MAX_MESSAGE = 4000

_TYPE_OF_STATUS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """`error` has type, message and, where known, status, error_code, request_id and should_retry."""

    error: dict[str, Any]
    retry_after: timedelta | None = None
    headers: dict[str, str] | None = None


class ModelCallFailed(Exception):
    """A model call failed; `failure` is what to record. `usage` is what a broken stream had reported."""

    def __init__(self, failure: Failure, usage: dict[str, Any] | None = None) -> None:
        super().__init__(f"{failure.error['type']}: {failure.error['message']}")
        self.failure = failure
        self.usage = usage or {}

    def with_usage(self) -> Failure:
        """The failure with what the broken stream had used, which is paid for all the same."""
        if not self.usage:
            return self.failure
        return replace(self.failure, error={**self.failure.error, "usage": self.usage})


def failure_of(error: BaseException, headers: httpx2.Headers | None = None) -> Failure:
    """Describes any exception that a model call can end with. `headers`: of the response, if it had begun."""
    if isinstance(error, anthropic.APIStatusError):
        return _of_status(error)
    own: dict[str, Any] = {"type": _own_type(error), "message": _message(error)}
    if headers is not None:
        own["status"] = 200
        own["request_id"] = headers.get("request-id")
    return Failure({key: value for key, value in own.items() if value is not None})


def _own_type(error: BaseException) -> str:
    """Types for what the API could not say itself."""
    if isinstance(error, anthropic.APITimeoutError | httpx2.TimeoutException):
        return "timeout_error"
    if isinstance(error, anthropic.APIConnectionError | httpx2.TransportError):
        return "connection_error"
    if isinstance(error, StreamBroken):
        return "incomplete_stream"
    if isinstance(error, json.JSONDecodeError | anthropic.APIResponseValidationError | UnicodeDecodeError):
        return "invalid_response"
    if isinstance(error, anthropic.CredentialsError):
        return "authentication_error"
    return "executor_error"


def _of_status(error: anthropic.APIStatusError) -> Failure:
    headers = error.response.headers
    body = error.body
    inner = body.get("error") if is_object(body) else None
    kind = inner.get("type") if is_object(inner) else None
    made: dict[str, Any] = {
        "type": kind if isinstance(kind, str) and kind else _type_of(error.status_code),
        "message": _message(error, error.api_message),
        # An error event inside a stream comes with 200: its type tells what it is.
        "status": error.status_code,
        "error_code": error.error_code,
        "request_id": error.request_id,
        "should_retry": _should_retry(headers),
    }
    return Failure(
        {key: value for key, value in made.items() if value is not None},
        retry_after(headers),
        rate_limits(headers),
    )


def _type_of(status: int) -> str:
    return _TYPE_OF_STATUS.get(status, "api_error" if status >= 500 else "invalid_request_error")


def _message(error: BaseException, api_message: str | None = None) -> str:
    text = describe_error(error, MAX_MESSAGE) if api_message is None else clean_text(api_message)[0]
    shown, _ = cut_text(mask_secrets(text), MAX_MESSAGE)
    return shown


def _should_retry(headers: httpx2.Headers) -> bool | None:
    return {"true": True, "false": False}.get(headers.get("x-should-retry", "").strip().lower())


def retry_after(headers: httpx2.Headers, now: datetime | None = None) -> timedelta | None:
    """What the API asks for: `retry-after-ms`, or `retry-after` in seconds or as an HTTP date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) * unit
        except ValueError:
            seconds = _seconds_until(value, now)
        # A bad or absurd value is no advice.
        if math.isfinite(seconds) and 0 <= seconds <= 7 * 86400:
            return timedelta(seconds=seconds)
    return None


def _seconds_until(value: str, now: datetime | None) -> float:
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return math.nan
    when = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


def rate_limits(headers: httpx2.Headers) -> dict[str, str]:
    """The rate-limit headers, without their `anthropic-ratelimit-` prefix."""
    prefix = "anthropic-ratelimit-"
    return {key[len(prefix) :]: value for key, value in headers.items() if key.startswith(prefix)}
