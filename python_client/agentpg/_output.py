"""Structured output: schemas of pydantic models, and answers back into their instances.

Nothing here imports pydantic: a model class that is passed in brings it along.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from agentpg.errors import InvalidOutputSchema, OutputInvalid
from agentpg.features import OutputSchema

if TYPE_CHECKING:
    from agentpg.types import Response


def schema_of(output_schema: OutputSchema) -> Mapping[str, Any]:
    """The JSON Schema; the database makes it strict, in the same way for every client."""
    if isinstance(output_schema, Mapping):
        return output_schema
    make = getattr(output_schema, "model_json_schema", None)
    if make is None:
        raise InvalidOutputSchema(
            f"output_schema is neither a JSON Schema nor a pydantic model: {output_schema!r}",
            hint="pass a dict, or a class made of pydantic.BaseModel",
        )
    return cast("Mapping[str, Any]", make())


def with_schema(settings: Mapping[str, object]) -> dict[str, object]:
    """A config or options, with the JSON Schema in the place of a model class."""
    given = settings.get("output_schema")
    if given is None:
        return dict(settings)
    return {**settings, "output_schema": schema_of(cast("OutputSchema", given))}


def output_text(content: Sequence[Mapping[str, Any]]) -> str:
    """The text that an answer ends with; text before a call of a tool is not part of the output."""
    said: list[str] = []
    for block in content:
        if block.get("type") == "text":
            said.append(str(block.get("text", "")))
        else:
            said.clear()
    return "".join(said)


def parse_response(response: Response, output_schema: OutputSchema | None) -> Any:
    """An instance of the model, or the JSON value where there is none; `OutputInvalid` when it is neither."""
    text = "" if response.message is None else output_text(response.message.content)
    try:
        if response.stop_reason == "refusal":
            # What the transcript ends with was said before the model declined.
            raise ValueError("the model declined to answer")
        validate = getattr(output_schema, "model_validate_json", None)
        return json.loads(text) if validate is None else validate(text)
    except ValueError as error:
        invalid = OutputInvalid(
            f"the answer of run {response.run_id} is no good output: {error}",
            hint=None
            if response.stop_reason in (None, "end_turn")
            else f"it stopped with {response.stop_reason}",
            details={"run_id": str(response.run_id), "session_id": str(response.session_id)},
        )
        invalid.text, invalid.response = text, response
        raise invalid from error
