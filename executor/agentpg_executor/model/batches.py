"""The Message Batches API: bytes in and bytes out, over the same client as every other call."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import anthropic
import httpx2
from agentpg.claims import BatchRequest
from anthropic import AsyncAnthropic

from .._json import is_array, is_object
from .accumulator import StreamBroken
from .failure import ModelCallFailed, failure_of

PATH = "/v1/messages/batches"
PAGE = 100
# Longest silences. The provider reads and checks all of a batch before it answers.
CONNECT_SECONDS = 10.0
WRITE_SECONDS = 120.0
CREATE_SECONDS = 600.0
READ_SECONDS = 90.0
_PIECE = 256 * 1024
# Raised before a byte of the request has left.
_NEVER_LEFT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class BatchBody:
    """The body of a create call: the requests as the database wrote them, made piece by piece."""

    def __init__(self, requests: Iterable[BatchRequest]) -> None:
        self.requests = list(requests)
        framing = len('{"requests":[]}') + max(0, len(self.requests) - 1)
        self.length = framing + sum(_size(request) for request in self.requests)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the create call: the beta features of all requests hold for all of them."""
        betas = sorted({name for request in self.requests for name in request.betas})
        return {"anthropic-beta": ",".join(betas)} if betas else {}

    async def __aiter__(self) -> AsyncIterator[bytes]:
        piece = bytearray(b'{"requests":[')
        for index, request in enumerate(self.requests):
            if index:
                piece += b","
            piece += b'{"custom_id":"%b","params":' % request.custom_id.encode()
            piece += request.params
            piece += b"}"
            if len(piece) >= _PIECE:
                yield bytes(piece)
                piece.clear()
        piece += b"]}"
        yield bytes(piece)


def _size(request: BatchRequest) -> int:
    return len('{"custom_id":"","params":}') + len(request.custom_id) + len(request.params)


class BatchCaller:
    """Calls about batches over a client that does not retry. They raise `ModelCallFailed` when they fail."""

    def __init__(self, client: AsyncAnthropic) -> None:
        self._client = client

    async def create(self, body: BatchBody) -> dict[str, Any]:
        """POSTs a batch. `not_sent` in the error says that nothing of it can have arrived."""
        with _failing():
            answer = await self._client.post(
                PATH,
                cast_to=object,
                content=body,
                options={
                    "headers": {"content-length": str(body.length), **body.headers},
                    "timeout": self._timeout(CREATE_SECONDS),
                },
            )
            return _object(answer)

    async def retrieve(self, id: str) -> dict[str, Any]:
        """The MessageBatch as it is now."""
        with _failing():
            answer = await self._client.get(
                f"{PATH}/{id}", cast_to=object, options={"timeout": self._timeout(READ_SECONDS)}
            )
            return _object(answer)

    async def cancel(self, id: str) -> dict[str, Any]:
        """Asks for its cancellation."""
        with _failing():
            answer = await self._client.post(
                f"{PATH}/{id}/cancel", cast_to=object, options={"timeout": self._timeout(READ_SECONDS)}
            )
            return _object(answer)

    async def created_since(self, moment: datetime) -> list[dict[str, Any]]:
        """All batches of the workspace that were created at `moment` or later, newest first."""
        found: list[dict[str, Any]] = []
        query: dict[str, object] = {"limit": PAGE}
        with _failing():
            while True:
                page = _object(
                    await self._client.get(
                        PATH,
                        cast_to=object,
                        options={"params": query, "timeout": self._timeout(READ_SECONDS)},
                    )
                )
                batches = page.get("data")
                if not is_array(batches):
                    raise StreamBroken("a list of batches without data")
                for batch in batches:
                    if is_object(batch):
                        if _is_older(batch, moment):
                            return found
                        found.append(batch)
                if not page.get("has_more") or not page.get("last_id"):
                    return found
                query["after_id"] = page["last_id"]

    @contextlib.asynccontextmanager
    async def results(self, batch: Mapping[str, Any]) -> AsyncGenerator[AsyncIterator[bytes]]:
        """The results of a batch that has ended, as bytes while they arrive.

        What goes wrong while they are read is raised as it is: see `download_failed`.
        """
        with _failing():
            response = await self._client.get(
                self._results_url(batch),
                cast_to=httpx2.Response,
                options={
                    "headers": {"accept": "application/binary"},
                    "timeout": self._timeout(READ_SECONDS),
                    # A redirect would carry the key along.
                    "follow_redirects": False,
                },
                stream=True,
            )
        try:
            yield response.aiter_bytes()
        finally:
            await response.aclose()

    def _results_url(self, batch: Mapping[str, Any]) -> str:
        """Where the results are, as far as the key may go there: the host that we call anyway."""
        given = batch.get("results_url")
        plain = f"{PATH}/{batch['id']}/results"
        if not isinstance(given, str) or not given:
            return plain
        url = httpx2.URL(given)
        base = self._client.base_url
        if url.is_relative_url or (url.scheme, url.host, url.port) == (base.scheme, base.host, base.port):
            return given
        return plain

    def _timeout(self, read: float) -> httpx2.Timeout:
        """The client's own timeouts, where they are shorter than ours."""
        own = self._client.timeout
        own = own if isinstance(own, httpx2.Timeout) else httpx2.Timeout(own)
        return httpx2.Timeout(
            connect=_shorter(own.connect, CONNECT_SECONDS),
            write=_shorter(own.write, WRITE_SECONDS),
            read=_shorter(own.read, read),
            pool=_shorter(own.pool, CONNECT_SECONDS),
        )


def download_failed(error: Exception) -> ModelCallFailed:
    """What ended a download before its end."""
    return error if isinstance(error, ModelCallFailed) else ModelCallFailed(failure_of(error))


@contextlib.contextmanager
def _failing() -> Generator[None]:
    try:
        yield
    except ModelCallFailed:
        raise
    except Exception as error:
        failure = failure_of(error)
        if _never_left(error):
            failure = replace(failure, error={**failure.error, "not_sent": True})
        raise ModelCallFailed(failure) from error


def _never_left(error: Exception) -> bool:
    return isinstance(error, anthropic.CredentialsError) or (
        isinstance(error, anthropic.APIConnectionError) and isinstance(error.__cause__, _NEVER_LEFT)
    )


def _shorter(own: float | None, ours: float) -> float:
    return ours if own is None else min(own, ours)


def _object(answer: object) -> dict[str, Any]:
    if not is_object(answer):
        raise StreamBroken("the answer is not a JSON object")
    return answer


def _is_older(batch: Mapping[str, Any], moment: datetime) -> bool:
    """Only one that says so: of the others the database judges."""
    try:
        return datetime.fromisoformat(str(batch.get("created_at"))) < moment
    except (ValueError, TypeError):
        return False
