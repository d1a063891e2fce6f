"""Whether the API would take a request, asked without a socket."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .._json import is_object
from ._batch_items import check_item
from ._binding import record_of
from ._cache import check_marks
from ._errors import ApiError, invalid
from ._models import callable_model
from ._prefix import prefix_of
from ._settings import Settings
from ._signing import OwnWork, sign
from ._tokens import dumps
from ._validate import Validator

_MAX_BYTES = Settings().max_body_bytes
_AS_HEADERS = ("user_profile_id", "workspace_id")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the API refuses a request: what the error response would say."""

    status: int
    type: str
    message: str

    def __str__(self) -> str:
        return f"{self.status} {self.type}: {self.message}"


def validate_request(
    body: Any,
    betas: Collection[str] = (),
    *,
    headers: Mapping[str, str] | None = None,
    counting: bool = False,
    batch: bool = False,
    allow_unknown_models: bool = False,
    own_types: Collection[str] = (),
    signatures: Collection[str] = (),
) -> Problem | None:
    """What a `FakeClaude` would answer to these parameters of a call, or None if it would take them.

    `betas`, `user_profile_id` and `workspace_id` in the body travel as headers, as every SDK sends them.
    `counting` checks a call of `count_tokens`, `batch` an item of a batch. `own_types` and `signatures` are
    block types nobody knows and thinking signatures that the test made up: a running fake remembers those
    that its scripts sent.

    >>> assert validate_request(request) is None
    """
    own = OwnWork(signatures, own_types)
    try:
        if is_object(body):
            body = dict(body)
            betas = [*betas, *(body.pop("betas", None) or ())]
            for name in _AS_HEADERS:
                body.pop(name, None)
            if len(dumps(body).encode(errors="replace")) > _MAX_BYTES:
                raise ApiError(413)
        sent = {**(headers or {}), **({"anthropic-beta": ",".join(betas)} if betas else {})}
        if batch:
            if not is_object(body):
                raise invalid("requests.0.params: Field required")
            check_item(body)
        model_of = callable_model if not allow_unknown_models else _any_model
        Validator(model_of, (), own).check(body, sent, counting=counting)
        check_marks(body)
    except ApiError as error:
        return Problem(error.status, error.type, error.message)
    return None


def signed_thinking(request: dict[str, Any], value: str = "Hm.", *before: dict[str, Any]) -> dict[str, Any]:
    """A thinking block as a `FakeClaude` gives it in its answer to a request, behind `before`.

    It passes the checks where that answer comes back behind that request's messages, and on models that bind
    thinking nowhere else. Any model is good.
    """
    prefix = prefix_of(request)
    for block in before:
        prefix.add("assistant", block)
    record = record_of(_any_model(request["model"]).id, prefix)
    return {"type": "thinking", "thinking": value, "signature": sign("thinking", value, record)}


def _any_model(name: str) -> Any:
    return callable_model(name, allow_unknown=True)
