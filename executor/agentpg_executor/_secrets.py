"""Secrets of an executor: a request names them, and gets them at the moment it is sent.

A request out of the database may hold `{"$secret": "name"}` anywhere but in its system prompt and messages.
What stands for it comes from `Executor(secrets=...)`, so it is in the memory of this process and on the
way to the API, and nowhere else. An executor gives away only what it was given for this: no name reaches
its environment.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias, cast

from agentpg.claims import BatchRequest

from ._json import is_array, is_object
from .model import Failure, ModelCallFailed

Secrets: TypeAlias = Mapping[str, str] | Callable[[str], str | Awaitable[str | None] | None]
"""Secrets by name, or a function that finds one: it returns None for a name that it does not know."""

KEY = "$secret"
_SPOKEN = ("messages", "system")
_MARK = b'"$secret":'


class SecretMissing(Exception):
    """This executor has no secret of that name."""


class Vault:
    """Puts secrets into requests, and keeps them out of everything else."""

    def __init__(self, secrets: Secrets | None, log: logging.Logger, *, patience: float = 10.0) -> None:
        self._secrets = secrets
        self._log = log
        self._patience = patience

    async def fill(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The request with its secrets, and the secrets. Raises `ModelCallFailed` when there is none."""
        found: dict[str, str] = {}
        try:
            return await self._fill(request, found), list(found.values())
        except SecretMissing as error:
            # Another executor may have it, or this one later.
            failure = {"type": "secret_missing", "message": str(error), "should_retry": True}
            raise ModelCallFailed(Failure(failure)) from None

    async def fill_batch(self, requests: list[BatchRequest]) -> None:
        """Puts secrets into the requests of a batch, in their places.

        One that names a secret this executor lacks stays as it is: the API refuses it, and it alone.
        """
        found: dict[str, str] = {}
        for place, request in enumerate(requests):
            if _MARK not in request.params:
                continue
            try:
                filled = await self._fill(json.loads(request.params), found)
            except SecretMissing as error:
                self._log.error("batch request %s: %s", request.custom_id, error)
                continue
            requests[place] = replace(request, params=json.dumps(filled, ensure_ascii=False).encode())

    async def _fill(self, request: dict[str, Any], found: dict[str, str]) -> dict[str, Any]:
        names = {name for key, value in request.items() if key not in _SPOKEN for name in _names_in(value)}
        if not names:
            return request
        for name in sorted(names - found.keys()):
            found[name] = await self._find(name)
        return {key: value if key in _SPOKEN else _filled(value, found) for key, value in request.items()}

    async def _find(self, name: str) -> str:
        found: object = None
        try:
            if callable(self._secrets):
                async with asyncio.timeout(self._patience):
                    found = await _call(self._secrets, name)
            elif self._secrets is not None:
                found = self._secrets.get(name)
        except Exception:
            self._log.exception("secrets: looking for %r failed", name)
        if not isinstance(found, str) or not found:
            raise SecretMissing(f"this executor has no secret named {name!r}; it is given as secrets=")
        return found


def hide(failure: Failure, secrets: list[str]) -> Failure:
    """The failure, without any secret that the API may have quoted."""
    message = str(failure.error.get("message", ""))
    for secret in secrets:
        message = message.replace(secret, "***")
    return Failure({**failure.error, "message": message}, failure.retry_after, failure.headers)


async def _call(find: Callable[[str], Any], name: str) -> object:
    if inspect.iscoroutinefunction(find):
        return await find(name)
    found = await asyncio.to_thread(find, name)
    return await cast("Awaitable[object]", found) if inspect.isawaitable(found) else found


def _names_in(value: object) -> Iterator[str]:
    if is_object(value):
        name = value.get(KEY)
        if len(value) == 1 and isinstance(name, str):
            yield name
            return
        for item in value.values():
            yield from _names_in(item)
    elif is_array(value):
        for item in value:
            yield from _names_in(item)


def _filled(value: Any, found: Mapping[str, str]) -> Any:
    if is_object(value):
        name = value.get(KEY)
        if len(value) == 1 and isinstance(name, str):
            return found[name]
        return {key: _filled(item, found) for key, item in value.items()}
    if is_array(value):
        return [_filled(item, found) for item in value]
    return value
