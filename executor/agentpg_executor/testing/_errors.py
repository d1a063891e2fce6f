"""The API's refusals: status, error type, and the JSON body that carries them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}

_MESSAGES = {
    401: "invalid x-api-key",
    402: "Your credit balance is too low to access the Claude API.",
    403: "Your API key does not have permission to use the specified resource.",
    404: "Not found",
    408: "Request timed out",
    413: "Request exceeds the maximum size",
    429: "This request would exceed your organization's rate limit.",
    500: "Internal server error",
    504: "Request timed out while being processed.",
    529: "Overloaded",
}


def type_of_status(status: int) -> str:
    """The `error.type` the API uses with an HTTP status."""
    return _TYPES.get(status) or ("api_error" if status >= 500 else "invalid_request_error")


def status_of_type(error_type: str) -> int:
    """The HTTP status the API uses with an `error.type`."""
    for status, name in _TYPES.items():
        if name == error_type and status != 408:
            return status
    return 500


class ApiError(Exception):
    """A refusal. Raised anywhere below a route, answered as an error body with its headers."""

    def __init__(
        self,
        status: int,
        message: str | None = None,
        *,
        error_type: str | None = None,
        error_code: str | None = None,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.type = error_type or type_of_status(status)
        self.message = message or _MESSAGES.get(status) or "Error"
        self.details: dict[str, Any] = dict(details or {})
        if error_code is not None:
            self.details["error_code"] = error_code
        self.headers = dict(headers or {})
        super().__init__(f"{status} {self.type}: {self.message}")

    def error(self) -> dict[str, Any]:
        """The `error` object."""
        error: dict[str, Any] = {"type": self.type, "message": self.message}
        if self.details:
            error["details"] = self.details
        return error

    def body(self, request_id: str | None) -> dict[str, Any]:
        """The whole response body; also the `error` of an errored batch item."""
        return {"type": "error", "error": self.error(), "request_id": request_id}


def invalid(message: str) -> ApiError:
    """A 400 `invalid_request_error`."""
    return ApiError(400, message)
