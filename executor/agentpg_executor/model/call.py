"""Sends one request to the Messages API and returns the Message as it came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import httpx2
from anthropic import AsyncAnthropic, AsyncStream

from .._json import is_object
from .._text import clean_json
from .accumulator import Accumulator, StreamBroken
from .batches import BatchCaller
from .failure import ModelCallFailed, failure_of, rate_limits

# Parameters of the SDK that travel as headers; everything else is the request's body.
_HEADERS = {"user_profile_id": "anthropic-user-profile-id", "workspace_id": "anthropic-workspace-id"}

DeltaHandler = Callable[[str, str], None]


@dataclass(slots=True)
class CallProgress:
    """What a call under way has said so far, for whoever aborts it."""

    request_id: str | None = None
    usage: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class ModelReply:
    """A complete message. `replaced` counts characters that Postgres cannot store and U+FFFD stands for."""

    message: dict[str, Any]
    request_id: str | None
    rate_limits: dict[str, str] = field(default_factory=dict[str, str])
    unrecognised: tuple[dict[str, Any], ...] = ()
    replaced: int = 0


def make_client(
    *, api_key: str | None = None, base_url: str | None = None, open_telemetry: bool = False
) -> AsyncAnthropic:
    """A client for one process. It never retries: the database schedules retries."""
    return AsyncAnthropic(
        api_key=api_key,
        base_url=base_url,
        max_retries=0,
        timeout=httpx2.Timeout(600, connect=5),
        open_telemetry=None if open_telemetry else False,
    )


def has_credentials(client: AsyncAnthropic) -> bool:
    """Whether the client found a key, a token or a profile to sign in with."""
    return bool(client.api_key or client.auth_token or client.credentials)


class ModelCaller:
    """Model calls over one shared client."""

    def __init__(self, client: AsyncAnthropic) -> None:
        self._client = client if client.max_retries == 0 else client.with_options(max_retries=0)
        self.batches = BatchCaller(self._client)

    async def call(
        self,
        request: Mapping[str, Any],
        on_delta: DeltaHandler | None = None,
        progress: CallProgress | None = None,
    ) -> ModelReply:
        """POSTs `request` as it is, streamed. Raises `ModelCallFailed`; cancelling it drops the connection.

        `on_delta` gets ("text" or "thinking", piece) while the model speaks; it must not raise. `progress`
        is filled in when the call is cancelled.
        """
        accumulator = Accumulator()
        headers: httpx2.Headers | None = None
        try:
            body, extra = _split(request)
            stream = await self._client.post(
                "/v1/messages",
                cast_to=object,
                body=body,
                options={"headers": extra} if extra else {},
                stream=True,
                stream_cls=AsyncStream[object],
            )
            headers = stream.response.headers
            async with stream:
                async for event in stream:
                    if not is_object(event):
                        raise StreamBroken("an event is not an object")
                    accumulator.feed(event)
                    if on_delta is not None and event.get("type") == "content_block_delta":
                        _hand_on(event, on_delta)
            message, replaced = clean_json(accumulator.message())
        except asyncio.CancelledError:
            if progress is not None and headers is not None:
                progress.request_id = headers.get("request-id")
                progress.usage = accumulator.usage
            raise
        except (KeyError, TypeError, AttributeError) as error:
            # A known event without the fields it must have.
            if headers is None:
                raise ModelCallFailed(failure_of(error)) from error
            broken = StreamBroken(f"an event lacks a field: {error}")
            raise ModelCallFailed(failure_of(broken, headers), accumulator.usage) from error
        except Exception as error:
            raise ModelCallFailed(failure_of(error, headers), accumulator.usage) from error
        return ModelReply(
            message,
            request_id=headers.get("request-id"),
            rate_limits=rate_limits(headers),
            unrecognised=tuple(accumulator.unrecognised),
            replaced=replaced,
        )


def _split(request: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    body: dict[str, Any] = {**request, "stream": True}
    headers = {name: str(body.pop(key)) for key, name in _HEADERS.items() if body.get(key) is not None}
    betas = body.pop("betas", None)
    if betas:
        headers["anthropic-beta"] = ",".join(str(name) for name in betas)
    return body, headers


def _hand_on(event: dict[str, Any], on_delta: DeltaHandler) -> None:
    delta = cast("dict[str, Any]", event.get("delta"))
    kind = delta.get("type")
    if kind == "text_delta":
        on_delta("text", delta["text"])
    elif kind == "thinking_delta":
        on_delta("thinking", delta["thinking"])
