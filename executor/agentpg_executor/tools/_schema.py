"""A function's parameters as a pydantic model: the JSON Schema for Claude, the check of what Claude sends."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import docstring_parser
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema

from .._json import is_array, is_object
from ._signature import Parameter, Signature
from .outcome import ToolDefinitionError

MAX_ERRORS_SHOWN = 20


class InvalidInput(ValueError):
    """What the model sent does not fit the schema. The message is for the model and lists the fields."""


class _TitlelessSchema(GenerateJsonSchema):
    """No generated field titles: they repeat the name and cost tokens on every request."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


class InputModel:
    """Validates and converts one tool's input; `schema` is its JSON Schema."""

    def __init__(self, name: str, signature: Signature, docs: Mapping[str, str], strict: bool) -> None:
        self._signature = signature
        # Fields are named p0, p1, ... with the real name as alias, so that any parameter name works.
        self._fields = {f"p{i}": p for i, p in enumerate(signature.parameters)}
        definitions: dict[str, Any] = {key: _field(p, docs.get(p.name)) for key, p in self._fields.items()}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                self._model: type[BaseModel] = create_model(
                    name or "tool",
                    __config__=ConfigDict(extra="forbid", populate_by_name=False, hide_input_in_errors=True),
                    **definitions,
                )
                self.schema = self._model.model_json_schema(schema_generator=_TitlelessSchema)
        except (PydanticUserError, TypeError, ValueError) as error:
            raise ToolDefinitionError(
                f"tool {name!r}: no JSON Schema can be made of its parameters: {error}"
            ) from error
        made = self.schema
        made.pop("title", None)
        made.pop("description", None)
        self.schema = {"type": "object", "properties": made.pop("properties", {})} | made
        self.schema["additionalProperties"] = False
        if strict:
            close_objects(self.schema)

    def arguments(self, data: Any) -> tuple[list[Any], dict[str, Any]]:
        """Positional and keyword arguments, validated. Raises `InvalidInput`."""
        try:
            model = self._model.model_validate(data)
        except ValidationError as error:
            raise InvalidInput(_explain(error)) from None
        positional: list[Any] = []
        named: dict[str, Any] = {}
        for key, parameter in self._fields.items():
            value = getattr(model, key)
            if parameter.positional:
                positional.append(value)
            else:
                named[parameter.name] = value
        return positional, named


def _field(parameter: Parameter, described: str | None) -> tuple[Any, Any]:
    required = parameter.default is inspect.Parameter.empty
    if required:
        info = FieldInfo.from_annotation(parameter.annotation)
    else:
        info = FieldInfo.from_annotated_attribute(parameter.annotation, parameter.default)
    extra: dict[str, Any] = {}
    if info.alias is None and info.validation_alias is None:
        extra["alias"] = parameter.name
    if info.description is None and described:
        extra["description"] = described
    annotation: Any = Annotated[parameter.annotation, Field(**extra)] if extra else parameter.annotation
    return annotation, ... if required else parameter.default


def _explain(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    lines = [
        f"- {'.'.join(str(part) for part in problem['loc']) or 'input'}: {problem['msg']}"
        for problem in problems[:MAX_ERRORS_SHOWN]
    ]
    if len(problems) > MAX_ERRORS_SHOWN:
        lines.append(f"- and {len(problems) - MAX_ERRORS_SHOWN} more")
    return "\n".join(lines)


def close_objects(schema: Any) -> None:
    """Sets `additionalProperties: false` on every object that lists its properties; strict tools need it."""
    if is_object(schema):
        if "properties" in schema and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            close_objects(value)
    elif is_array(schema):
        for value in schema:
            close_objects(value)


def read_docstring(func: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """The description and the parameters' texts; Google, NumPy and reST styles are known."""
    text = inspect.getdoc(func)
    if not text:
        return "", {}
    try:
        parsed = docstring_parser.parse(text)
    except docstring_parser.ParseError:
        return text, {}
    parts = [part for part in (parsed.short_description, parsed.long_description) if part]
    described = {p.arg_name: p.description for p in parsed.params if p.description}
    return "\n\n".join(parts), described
