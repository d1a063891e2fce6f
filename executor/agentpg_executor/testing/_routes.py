"""From method and path to a response: authentication, headers, errors, and faults on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from ._admin import PREFIX, control
from ._batch_routes import Batches
from ._delivery import does_no_work, drops, refuse, waits_of
from ._errors import ApiError, invalid
from ._journal import Entry
from ._messages import count_tokens, create_message, refused
from ._models_routes import list_models, retrieve_model
from ._reply import Reply, json_reply
from ._state import State
from ._turns import Turn

_KEPT_HEADERS = ("anthropic-version", "anthropic-beta", "x-stainless-retry-count")
VERSIONS = ("2023-06-01", "2026-10-21")
_FIXED = {
    ("POST", "/v1/messages"): "messages",
    ("POST", "/v1/messages/count_tokens"): "count_tokens",
    ("POST", "/v1/messages/batches"): "batches.create",
    ("GET", "/v1/messages/batches"): "batches.list",
    ("GET", "/v1/models"): "models.list",
}
_BATCHES = "/v1/messages/batches/"
_MODELS = "/v1/models/"
_BATCH_ACTIONS = {
    ("GET", ""): "batches.retrieve",
    ("DELETE", ""): "batches.delete",
    ("POST", "cancel"): "batches.cancel",
    ("GET", "results"): "batches.results",
}


@dataclass(slots=True, eq=False)
class _Failure:
    """A fault waiting for requests of one kind."""

    on: str
    turn: Turn
    skip: int
    times: int


class Routes:
    """Handles requests one at a time; never waits itself."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.batches = Batches(state)
        self._failures: list[_Failure] = []

    def fail(self, on: str, turn: Turn, *, times: int, skip: int) -> Callable[[], None]:
        """Let the next requests of a kind go wrong; the result takes it back."""
        failure = _Failure(on, turn, skip, times)
        self._failures.append(failure)

        def take_back() -> None:
            if failure in self._failures:
                self._failures.remove(failure)

        return take_back

    def clear(self) -> None:
        """Forget scripts, rules, faults not yet met, batches and the journal."""
        self._state.clear()
        self.batches.clear()
        self._failures.clear()

    def handle(self, method: str, target: str, headers: Mapping[str, str], raw: bytes) -> Reply:
        """The response to a request, ready to be carried out."""
        path, _, query = target.partition("?")
        if path.startswith(PREFIX):
            return self._control(method, path, headers, raw)
        kind, name = _route(method, path)
        entry = Entry(kind, method, path, headers, request_id=self._state.ids.new("req"))
        try:
            reply = self._reply(entry, name, query, raw)
        except ApiError as error:
            reply = refused(entry, error)
        return self._record(entry, reply)

    def too_large(self, method: str, target: str, headers: Mapping[str, str]) -> Reply:
        """The 413 for a body that was not read to its end."""
        path = target.partition("?")[0]
        entry = Entry(_route(method, path)[0], method, path, headers, request_id=self._state.ids.new("req"))
        return self._record(entry, refused(entry, ApiError(413)))

    def _record(self, entry: Entry, reply: Reply) -> Reply:
        """Into the journal it goes, complete but for what happens under way."""
        reply.entry = entry
        entry.status = reply.status
        if not self._state.settings.keep_bodies:
            sent = entry.headers
            entry.headers = {name: value for name in _KEPT_HEADERS if (value := sent.get(name)) is not None}
        self._add_headers(reply, entry)
        self._state.journal.add(entry)
        return reply

    def _control(self, method: str, path: str, headers: Mapping[str, str], raw: bytes) -> Reply:
        try:
            self._check_key(headers)
            return control(self._state, self.clear, method, path, raw)
        except ApiError as error:
            return json_reply(error.body(None), error.status)

    def _reply(self, entry: Entry, name: str, query: str, raw: bytes) -> Reply:
        turn = self._failure(entry.kind)
        if turn is not None and turn.fault is not None:
            entry.fault = turn.fault.kind
            if turn.fault.kind == "status":
                reply = refused(entry, refuse(turn.fault))
                reply.waits = waits_of(turn)
                return reply
            if does_no_work(turn.fault):
                return Reply(waits=waits_of(turn), drop=drops(turn.fault))
        self._authenticate(entry.headers)
        reply = self._dispatch(entry, name, parse_qs(query) if query else {}, raw, turn)
        if turn is not None:
            reply.waits = waits_of(turn) + reply.waits
            reply.drop = reply.drop or drops(turn.fault)
        return reply

    def _failure(self, kind: str) -> Turn | None:
        for failure in self._failures:
            if failure.on in (kind, "*"):
                if failure.skip > 0:
                    failure.skip -= 1
                    continue
                failure.times -= 1
                if failure.times == 0:
                    self._failures.remove(failure)
                return failure.turn
        return None

    def _authenticate(self, headers: Mapping[str, str]) -> None:
        self._check_key(headers)
        version = headers.get("anthropic-version")
        if version is None:
            raise invalid("anthropic-version: header is required")
        if version not in VERSIONS:
            raise invalid(f'anthropic-version: "{version}" is not a valid version')

    def _check_key(self, headers: Mapping[str, str]) -> None:
        key = headers.get("x-api-key")
        if key is None:
            scheme, _, token = (headers.get("authorization") or "").partition(" ")
            if scheme.lower() != "bearer":
                raise ApiError(401, "x-api-key header is required")
            if token != self._state.settings.api_key:
                raise ApiError(401, "Invalid bearer token")
        elif key != self._state.settings.api_key:
            raise ApiError(401, "invalid x-api-key")

    def _dispatch(
        self, entry: Entry, name: str, query: dict[str, list[str]], raw: bytes, turn: Turn | None
    ) -> Reply:
        state = self._state
        match entry.kind:
            case "messages":
                return create_message(state, entry, raw, turn)
            case "count_tokens":
                return count_tokens(state, entry, raw)
            case "batches.create":
                return self.batches.create(entry, raw)
            case "batches.list":
                return self.batches.list(query)
            case "batches.retrieve":
                return self.batches.retrieve(entry, name)
            case "batches.cancel":
                return self.batches.cancel(entry, name)
            case "batches.delete":
                return self.batches.delete(entry, name)
            case "batches.results":
                return self.batches.results(entry, name, turn)
            case "models.list":
                return list_models(query)
            case "models.retrieve":
                return retrieve_model(name)
            case _:
                raise ApiError(404, "Not found")

    def _add_headers(self, reply: Reply, entry: Entry) -> None:
        headers = reply.headers
        headers["request-id"] = entry.request_id or ""
        headers["anthropic-organization-id"] = "00000000-0000-4000-8000-00000000fa4e"
        headers["anthropic-workspace-id"] = "wrkspc_01FakeClaudeWorkspace000000"
        headers.update(self._state.limiter.headers(entry.model))


def _route(method: str, path: str) -> tuple[str, str]:
    """The kind of request and the id in its path."""
    kind = _FIXED.get((method, path))
    if kind is not None:
        return kind, ""
    if path.startswith(_BATCHES):
        id, _, action = path[len(_BATCHES) :].partition("/")
        kind = _BATCH_ACTIONS.get((method, action))
        if kind is not None and id:
            return kind, unquote(id)
    if method == "GET" and path.startswith(_MODELS):
        return "models.retrieve", unquote(path[len(_MODELS) :])
    return "unknown", ""
