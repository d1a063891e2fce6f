"""What all routes of one fake share."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from ._cache import CachePlan, PromptCache
from ._clock import Clock
from ._errors import ApiError
from ._ids import Ids
from ._journal import Journal
from ._models import Model, callable_model
from ._ratelimit import RateLimiter, RateLimits
from ._request import FakeRequest
from ._rules import Brain
from ._script import Scripts
from ._settings import Settings
from ._signing import OwnWork
from ._turns import Turn
from ._validate import Validator


class State:
    """Clock, journal, scripts, rules, cache and rate limits."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = settings.clock or Clock()
        self.rng = random.Random(settings.seed)
        self.ids = Ids(self.rng)
        self.journal = Journal()
        self.scripts = Scripts()
        self.brain = Brain()
        self.cache = PromptCache(self.clock, settings.cache_minimum)
        self.limiter = RateLimiter(settings.rate_limits or RateLimits(), self.clock)
        self.own = OwnWork()
        self._validator = Validator(self.model, settings.betas, self.own, future=settings.future)
        self.base_url = ""

    def clear(self) -> None:
        """Forget scripts, rules and the journal."""
        self.scripts.clear()
        self.brain.rules.clear()
        self.journal.clear()

    def model(self, name: str) -> Model:
        """A model that can be called; 404 for one the API does not have (any more)."""
        return callable_model(name, allow_unknown=self.settings.allow_unknown_models)

    def read_request(
        self, params: Any, headers: Mapping[str, str], *, counting: bool = False, custom_id: str | None = None
    ) -> tuple[FakeRequest, Model]:
        """Validate the parameters of a call; `ApiError` with the API's words if they are refused."""
        context = self._validator.check(params, headers, counting=counting)
        return FakeRequest(params, headers, context=context, custom_id=custom_id), context.model

    def plan(self, request: FakeRequest, model: Model, *, marked: bool) -> CachePlan:
        """How the prompt's tokens split between cache and full price."""
        return self.cache.plan(request.context.params, model, marked=marked)

    def choose(self, request: FakeRequest) -> Turn:
        """The turn for a request: scripted, or the rules' answer."""
        turn = self.scripts.take(request)
        if turn is not None:
            return turn
        if self.settings.unscripted == "refuse":
            raise ApiError(400, f"The script has no turn left for the prompt {request.prompt[:80]!r}.")
        return self.brain.answer(request)
