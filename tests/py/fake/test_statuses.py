"""Each HTTP error, as the SDK shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anthropic
import pytest
from agentpg_executor.testing import (
    FakeClaude,
    fault,
    text,
)
from anthropic import AsyncAnthropic

Connect = Callable[..., AsyncAnthropic]

STATUSES: list[tuple[int, type[anthropic.APIStatusError], str]] = [
    (400, anthropic.BadRequestError, "invalid_request_error"),
    (401, anthropic.AuthenticationError, "authentication_error"),
    (402, anthropic.PaymentRequiredError, "billing_error"),
    (403, anthropic.PermissionDeniedError, "permission_error"),
    (404, anthropic.NotFoundError, "not_found_error"),
    (408, anthropic.RequestTimeoutError, "timeout_error"),
    (409, anthropic.ConflictError, "invalid_request_error"),
    (412, anthropic.PreconditionFailedError, "invalid_request_error"),
    (413, anthropic.ContentTooLargeError, "request_too_large"),
    (422, anthropic.UnprocessableEntityError, "invalid_request_error"),
    (429, anthropic.RateLimitError, "rate_limit_error"),
    (431, anthropic.RequestHeaderFieldsTooLargeError, "invalid_request_error"),
    (499, anthropic.ClientClosedRequestError, "invalid_request_error"),
    (500, anthropic.InternalServerError, "api_error"),
    (501, anthropic.HTTPNotImplementedError, "api_error"),
    (503, anthropic.ServiceUnavailableError, "api_error"),
    (504, anthropic.GatewayTimeoutError, "timeout_error"),
    (529, anthropic.OverloadedError, "overloaded_error"),
]


@pytest.mark.parametrize(("status", "kind", "error_type"), STATUSES, ids=[str(row[0]) for row in STATUSES])
async def test_every_status_becomes_its_own_exception(
    status: int,
    kind: type[anthropic.APIStatusError],
    error_type: str,
    fake: FakeClaude,
    client: AsyncAnthropic,
    ask: dict[str, Any],
) -> None:
    fake.script([fault(status), fault(status)])
    with pytest.raises(kind) as caught:
        await client.messages.create(**ask)
    error = caught.value
    assert type(error) is kind
    assert error.type == error_type
    assert error.status_code == status
    assert error.request_id == error.response.headers["request-id"] == fake.journal[0].request_id
    assert error.request_id is not None
    assert error.request_id.startswith("req_01")
    assert "retry-after" not in error.response.headers
    with pytest.raises(kind):
        async with client.messages.stream(**ask):
            pass
    assert fake.journal.served().total() == 0


async def test_error_codes_pick_the_sdks_subclasses(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([fault(429, error_code="enforced_spend_limit_reached", message="Spend limit.")])
    with pytest.raises(anthropic.RateLimitError) as caught:
        await client.messages.create(**ask)
    assert type(caught.value) is not anthropic.RateLimitError
    assert caught.value.error_code == "enforced_spend_limit_reached"
    assert caught.value.api_message == "Spend limit."


async def test_retry_headers_are_sent_as_asked(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script(
        [
            fault(429, retry_after=3, should_retry=False),
            fault(529, retry_after="Sun, 22 Nov 2026 17:00:00 GMT", should_retry=True),
        ]
    )
    with pytest.raises(anthropic.RateLimitError) as limited:
        await client.messages.create(**ask)
    assert limited.value.response.headers["retry-after"] == "3"
    assert limited.value.response.headers["x-should-retry"] == "false"
    with pytest.raises(anthropic.OverloadedError) as overloaded:
        await client.messages.create(**ask)
    assert overloaded.value.response.headers["retry-after"] == "Sun, 22 Nov 2026 17:00:00 GMT"
    assert overloaded.value.response.headers["x-should-retry"] == "true"


async def test_the_sdks_own_retries_take_the_next_turns_and_count_themselves(
    fake: FakeClaude, connect: Connect, ask: dict[str, Any]
) -> None:
    soon = {"retry-after-ms": "1"}
    fake.script([fault(529, headers=soon), fault(400, should_retry=True, headers=soon), text("At last.")])
    message = await connect(fake, max_retries=2).messages.create(**ask)
    assert message.content[0].type == "text"
    assert message.content[0].text == "At last."
    assert [entry.retry_count for entry in fake.journal] == [0, 1, 2]
    assert [entry.status for entry in fake.journal] == [529, 400, 200]
