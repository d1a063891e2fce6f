"""What happens in the demo: the question, the tools, and what the fake Claude says."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..testing import FakeClaude, FakeRequest
    from ..tools import Tool

AGENT = "agentpg-demo"
MODEL = "claude-haiku-5-5"
SYSTEM = (
    "You help travellers. Look up with your tools all that you need, at the same time, after saying in one "
    "short sentence what you look up. Then answer in two or three short sentences, without markup."
)
PROMPT = (
    "I am off to Kyoto on Friday with 500 Swiss francs in my pocket. "
    "What weather shall I pack for, and how many yen do I get?"
)
WEATHER, RATE = "demo_weather", "demo_exchange_rate"
KINDS = {WEATHER: "sync", RATE: "async"}
WEATHER_SECONDS, RATE_SECONDS = 0.7, 1.9

_SKIES = ("clear sky", "light rain", "scattered clouds", "morning fog", "a fresh breeze")
_PER_FRANC = {
    "CHF": 1.0, "EUR": 1.07, "USD": 1.24, "GBP": 0.93, "JPY": 188.7, "SEK": 11.6, "INR": 106.3, "BRL": 6.7,
}  # fmt: skip


def demo_tools(pace: float) -> list[Tool[..., Any]]:
    """One tool that blocks its thread and one that awaits; their data are made up. `pace` stretches them."""
    from ..tools import ToolError, tool

    @tool(name=WEATHER)
    def weather(city: str) -> dict[str, Any]:
        """The weather forecast of a city for Friday.

        Args:
            city: name of the city
        """
        time.sleep(WEATHER_SECONDS * pace)
        number = sum(city.encode())
        return {"city": city, "celsius": 8 + number % 17, "sky": _SKIES[number % len(_SKIES)]}

    @tool(name=RATE)
    async def exchange_rate(base: str, quote: str) -> dict[str, Any]:
        """How much of one currency another one buys.

        Args:
            base: ISO code of the currency to sell, for example EUR
            quote: ISO code of the currency to buy
        """
        await asyncio.sleep(RATE_SECONDS * pace)
        unknown = [code for code in (base, quote) if code not in _PER_FRANC]
        if unknown:
            raise ToolError(f"no rate for {', '.join(unknown)}; known: {', '.join(_PER_FRANC)}")
        return {"base": base, "quote": quote, "rate": round(_PER_FRANC[quote] / _PER_FRANC[base], 4)}

    return [weather, exchange_rate]


def script(fake: FakeClaude) -> None:
    """Lets the fake ask for both tools at once, and make its answer of their results."""
    from ..testing import reply, text, tool_use

    fake.script(
        [
            reply(
                text("I will look up the forecast and the exchange rate at the same time."),
                tool_use(WEATHER, {"city": "Kyoto"}),
                tool_use(RATE, {"base": "CHF", "quote": "JPY"}),
            ),
            lambda request: text(_answer(request)),
        ],
        match=lambda request: WEATHER in request.tools,
        per_conversation=True,
    )


def _answer(request: FakeRequest) -> str:
    results = {result.name: json.loads(result.text) for result in request.tool_results if not result.is_error}
    forecast, rate = results.get(WEATHER), results.get(RATE)
    if forecast is None or rate is None:
        return "I could not look up everything: one of the tools did not answer."
    yen = f"{500 * rate['rate']:,.0f}"
    return (
        f"Pack for {forecast['celsius']} °C and {forecast['sky']} in Kyoto. "
        f"Your 500 francs become {yen} yen at today's rate of {rate['rate']:g}. "
        "Both lookups ran side by side, so you waited for the slower one alone."
    )
