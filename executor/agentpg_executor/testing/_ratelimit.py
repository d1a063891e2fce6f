"""Token buckets for requests, input and output tokens, and the headers that report them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from ._clock import Clock
from ._errors import ApiError


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Per minute and model. The defaults are out of reach, so that only the headers move."""

    requests: int = 10_000_000
    input_tokens: int = 10_000_000_000
    output_tokens: int = 10_000_000_000


class _Bucket:
    """Refills continuously; a full bucket holds one minute's worth."""

    __slots__ = ("_at", "_level", "limit")

    def __init__(self, limit: int, now: float) -> None:
        self.limit = limit
        self._level = float(limit)
        self._at = now

    def refill(self, now: float) -> float:
        if now > self._at:
            self._level = min(self.limit, self._level + (now - self._at) * self.limit / 60)
            self._at = now
        return self._level

    def take(self, amount: float) -> None:
        self._level -= amount

    def seconds_until(self, amount: float) -> float:
        return max(0.0, (min(amount, self.limit) - self._level) * 60 / self.limit)


class _ModelBuckets:
    __slots__ = ("input", "output", "requests")

    def __init__(self, limits: RateLimits, now: float) -> None:
        self.requests = _Bucket(limits.requests, now)
        self.input = _Bucket(limits.input_tokens, now)
        self.output = _Bucket(limits.output_tokens, now)


class RateLimiter:
    """Admits or refuses requests on the fake's clock."""

    def __init__(self, limits: RateLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._models: dict[str, _ModelBuckets] = {}
        self._reset_text: tuple[int, str] = (0, "")

    def _buckets(self, model: str, now: float) -> _ModelBuckets:
        buckets = self._models.get(model)
        if buckets is None:
            buckets = self._models[model] = _ModelBuckets(self._limits, now)
        buckets.requests.refill(now)
        buckets.input.refill(now)
        buckets.output.refill(now)
        return buckets

    def admit(self, model: str, input_tokens: int) -> None:
        """Take one request and its uncached input; 429 with `retry-after` if a bucket has too little."""
        buckets = self._buckets(model, self._clock.timestamp())
        wait, what = max(
            (buckets.requests.seconds_until(1), "requests"),
            (buckets.input.seconds_until(input_tokens), "input tokens"),
            (buckets.output.seconds_until(1), "output tokens"),
        )
        if wait > 0:
            raise ApiError(
                429,
                f"This request would exceed the rate limit for your organization of {what} per minute.",
                headers={"retry-after": str(max(1, math.ceil(wait)))},
            )
        buckets.requests.take(1)
        buckets.input.take(input_tokens)

    def spend(self, model: str, output_tokens: int) -> None:
        """Take the output of an answer; what is missing delays the next request."""
        self._buckets(model, self._clock.timestamp()).output.take(output_tokens)

    def headers(self, model: str | None) -> dict[str, str]:
        """The twelve `anthropic-ratelimit-*` headers; tokens are rounded to thousands."""
        now = self._clock.timestamp()
        buckets = self._buckets(model or "", now)
        requests, read, write = buckets.requests, buckets.input, buckets.output
        answer: dict[str, str] = {}
        self._report(
            answer, "requests", requests.limit, int(requests.refill(now)), requests.seconds_until(1e99), now
        )
        full = max(read.seconds_until(1e99), write.seconds_until(1e99))
        left = _thousands(read.refill(now)), _thousands(write.refill(now))
        self._report(answer, "tokens", read.limit + write.limit, left[0] + left[1], full, now)
        self._report(answer, "input-tokens", read.limit, left[0], read.seconds_until(1e99), now)
        self._report(answer, "output-tokens", write.limit, left[1], write.seconds_until(1e99), now)
        return answer

    def _report(
        self, answer: dict[str, str], name: str, limit: int, remaining: int, full_in: float, now: float
    ) -> None:
        reset = math.ceil(now + full_in)
        if self._reset_text[0] != reset:
            at = datetime.fromtimestamp(reset, UTC)
            self._reset_text = (reset, at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        answer[f"anthropic-ratelimit-{name}-limit"] = str(limit)
        answer[f"anthropic-ratelimit-{name}-remaining"] = str(max(remaining, 0))
        answer[f"anthropic-ratelimit-{name}-reset"] = self._reset_text[1]


def _thousands(level: float) -> int:
    return round(level / 1000) * 1000
