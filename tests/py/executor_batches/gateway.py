"""The way to the provider through a gateway, which has its own idea of addresses, answers and times."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import httpx2
from executor_batches.conftest import BatchPlace

_BATCH = re.compile(r"/v1/messages/batches/\w+(/results)?")


class Gateway(httpx2.AsyncBaseTransport):
    """Serves below `prefix`, and changes what it is told to.

    `results_url` is shown in the place of the provider's, `line` is replaced in results, `created` is the
    answer to a create call. While `let_through` is clear, create calls wait before they reach the provider.
    """

    def __init__(
        self,
        *,
        prefix: str = "",
        results_url: str = "",
        line: tuple[str, str] | None = None,
        created: str | None = None,
    ) -> None:
        self._inner = httpx2.AsyncHTTPTransport()
        self._prefix = prefix
        self._results_url = results_url
        self._line = line
        self._created = created
        self.seen: list[str] = []
        self.reached = asyncio.Event()
        self.let_through = asyncio.Event()
        self.let_through.set()

    def options(self, place: BatchPlace) -> dict[str, Any]:
        """Options of an executor behind it."""
        return place.over(path=self._prefix, http_client=httpx2.AsyncClient(transport=self))

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.seen.append(str(request.url))
        path = request.url.raw_path.decode().removeprefix(self._prefix)
        request.url = request.url.copy_with(raw_path=path.encode())
        creates = request.method == "POST" and path == "/v1/messages/batches"
        if creates:
            self.reached.set()
            await self.let_through.wait()
        response = await self._inner.handle_async_request(request)
        if creates and self._created is not None:
            await response.aread()
            answer, self._created = self._created, None
            return httpx2.Response(200, headers={"content-type": "application/json"}, text=answer)
        if not _BATCH.fullmatch(path) or response.status_code != 200:
            return response
        await response.aread()
        return httpx2.Response(
            200, headers={"content-type": "application/json"}, text=self._changed(path, response.text)
        )

    def _changed(self, path: str, text: str) -> str:
        if path.endswith("/results"):
            return text.replace(*self._line) if self._line else text
        found = json.loads(text)
        if self._results_url and found["results_url"]:
            found["results_url"] = self._results_url.format(id=found["id"])
        return json.dumps(found)
