"""What may be asked of the Messages API: the keys that an agent's `config` and `RunOptions` share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

OutputSchema: TypeAlias = Mapping[str, Any] | type[Any]
"""A JSON Schema, or a pydantic model class."""


class RequestFeatures(TypedDict, total=False):
    """Parameters of the Messages API with keys of their own.

    What is in them is the API's to say: an effort level, a kind of thinking or a type of tool that is
    published next year works as it is, and any parameter that has no key here goes into `request`. Options of
    a run go over the agent's config; in each of them these keys go over `request`. Objects are merged key by
    key unless they have a `type`; `betas` of all places add up; everything else is replaced.

    - `thinking`: `{"type": "adaptive"}`, `{"type": "enabled", "budget_tokens": 4096}`, ...
    - `effort`: how much work the model puts in: low, medium, high, ...
    - `output_schema`: the final answer is JSON that fits it: see `Response.parsed`.
    - `output_repairs`: how often a run may be asked again when its answer is cut, refused or not JSON (1).
    - `tool_choice`: `{"type": "auto"}`, ... Forcing a tool forces it in every model call of a run.
    - `stop_sequences`: texts that end an answer.
    - `user_id`: an opaque id of your user, `metadata.user_id` of the API.
    - `service_tier`, `speed`: as the API has them.
    - `betas`: names for the header anthropic-beta.
    - `server_tools`: definitions of tools that the API runs, after the agent's own in the request; those of
      the options take the place of the agent's.
    - `mcp_servers`: servers of the MCP connector. Each gets a toolset, unless `server_tools` has one for it,
      and the request the beta it needs. An `authorization_token` names a secret of the executors,
      `{"$secret": "name"}`: plain ones are refused.
    - `request`: any other parameters, passed through as they are.
    """

    thinking: Mapping[str, object]
    effort: str
    output_schema: OutputSchema
    output_repairs: int
    tool_choice: Mapping[str, object]
    stop_sequences: Sequence[str]
    user_id: str
    service_tier: str
    speed: str
    betas: Sequence[str]
    server_tools: Sequence[Mapping[str, object]]
    mcp_servers: Sequence[Mapping[str, object]]
    request: Mapping[str, object]
