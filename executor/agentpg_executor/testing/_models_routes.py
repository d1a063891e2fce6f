"""`GET /v1/models` and `/v1/models/{id}`."""

from __future__ import annotations

from ._errors import ApiError
from ._models import CATALOGUE, MODELS
from ._paging import Query, page
from ._reply import Reply, json_reply


def list_models(query: Query) -> Reply:
    """The catalogue, newest first; retired models only when asked for."""
    wanted = query.get("lifecycle[]") or query.get("lifecycle") or ["active", "deprecated"]
    return json_reply(page([model.info() for model in CATALOGUE if model.lifecycle in wanted], query))


def retrieve_model(name: str) -> Reply:
    """One model, by id or alias."""
    model = MODELS.get(name)
    if model is None:
        raise ApiError(404, f"model: {name}")
    return json_reply(model.info())
