"""Every way AgentPG says no.

One root, `AgentPGError`; below it one class for each SQLSTATE of the class `AP` that the schema raises, and a
few that only a client can raise. Names follow the reference system's sentinel errors, which have no suffix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentpg._errors_root import AgentPGError as AgentPGError
from agentpg._errors_root import class_for

if TYPE_CHECKING:
    from agentpg.types import Response


class NotFound(AgentPGError):
    """The thing that was named does not exist."""


class AgentNotFound(NotFound, code="AP001"):
    """No agent has this id, or this name and metadata."""


class SessionNotFound(NotFound, code="AP002"):
    """No session has this id."""


class RunNotFound(NotFound, code="AP003"):
    """No run has this id, or the transaction that created it has not committed yet."""


class IterationNotFound(NotFound, code="AP004"):
    """No iteration has this id."""


class ToolExecutionNotFound(NotFound, code="AP005"):
    """No tool execution has this id."""


class ToolNotFound(NotFound, code="AP006"):
    """The agent lists a tool that nobody has registered."""


class InstanceNotFound(NotFound, code="AP007"):
    """No executor instance has this id."""


class AgentDeleted(NotFound, code="AP008"):
    """The agent exists but was deleted; it takes no new runs."""


class BatchNotFound(NotFound, code="AP009"):
    """No batch has this id."""


class Conflict(AgentPGError):
    """What was asked for collides with what is already there."""


class AgentExists(Conflict, code="AP010"):
    """There is already an agent with this name and metadata."""


class IdempotencyConflict(Conflict, code="AP011"):
    """The idempotency key was already used for a run with other arguments."""


class DelegateNotFound(NotFound, code="AP012"):
    """An agent that is to be delegated to does not exist, was deleted, or is another tenant's."""


class InvalidInput(AgentPGError, ValueError):
    """An argument was refused and nothing was written."""


class InvalidArgument(InvalidInput, code="AP100"):
    """An argument has a value that makes no sense here."""


class UnknownOption(InvalidInput, code="AP101"):
    """A key that does not exist; the hint names the nearest ones that do."""


class EmptyPrompt(InvalidInput, code="AP102"):
    """A run needs a prompt or content blocks."""


class InvalidContent(InvalidInput, code="AP103"):
    """The content blocks are not what the Messages API takes."""


class InvalidMetadata(InvalidInput, code="AP104"):
    """Metadata must be a JSON object."""


class ContentTooLarge(InvalidInput, code="AP105"):
    """The content is larger than the configured limit."""


class CyclicDelegation(InvalidInput, code="AP013"):
    """The agent would delegate to itself, by way of others or not, and has no `config.allow_recursion`."""


class InvalidToolSchema(InvalidInput, code="AP106"):
    """The input schema of a tool is not a JSON Schema of an object."""


class InvalidToolName(InvalidInput, code="AP107"):
    """The name of a tool is not one the Messages API takes."""


class InvalidLimit(InvalidInput, code="AP108"):
    """A limit that must be positive is not."""


class InvalidApproval(InvalidInput, code="AP109"):
    """What says when a tool needs approval has the wrong shape, or names an unfit function."""


class SamplingNotSupported(InvalidInput, code="AP110"):
    """The model takes no temperature, top_p or top_k."""


class InvalidOption(InvalidInput, code="AP111"):
    """The key of an option is known, its value is not allowed."""


class InvalidName(InvalidInput, code="AP112"):
    """A name is empty, too long or has characters that are not allowed."""


class InvalidConfig(InvalidInput, code="AP113"):
    """The configuration of a client or of an agent cannot work."""


class InvalidVariables(InvalidInput, code="AP114"):
    """Variables must be a JSON object."""


class InvalidResponse(InvalidInput, code="AP115"):
    """What was recorded is not a Message of the Messages API."""


class InvalidSettings(InvalidInput, code="AP116"):
    """A setting has a value that is not allowed."""


class InvalidForkPoint(InvalidInput, code="AP117"):
    """The place to fork at does not end a turn of the session; `details["nearest_seq"]` does."""


class InvalidToolOutput(InvalidInput, code="AP250"):
    """A block of a tool's output is not one the Messages API takes; `details["block"]` is its index."""


class NulByteError(InvalidInput):
    """The text holds a NUL character, which Postgres cannot store."""


class StateError(AgentPGError):
    """The thing exists but is not in a state that allows this."""


class InvalidStateTransition(StateError, code="AP200"):
    """The state machine does not have this transition."""


class RunAlreadyFinalized(StateError, code="AP201"):
    """The run has ended; it takes nothing more."""


class RunCancelled(StateError, code="AP202"):
    """The run was cancelled. When raised by a wait, `response` holds what there is."""

    response: Response | None = None


class LeaseLost(StateError, code="AP210"):
    """The lease token is not the current one: somebody else owns this work now."""


class InstanceFenced(StateError, code="AP211"):
    """A newer incarnation of this instance took over, or it was declared dead."""


class RunNotFinished(StateError, code="AP220"):
    """The run has not ended; only an ended run can be regenerated."""


class ChildRun(StateError, code="AP221"):
    """The run answers a call of another run; it cannot be regenerated by itself."""


class RunSuperseded(StateError, code="AP222"):
    """The run was regenerated; `details["superseded_by"]` is the run that took its place."""


class RunNotAwaitingInput(StateError, code="AP223"):
    """The run does not wait for input, so it cannot be continued; `details["state"]` is its state."""


class SessionBusy(StateError, code="AP224"):
    """The session has an active run, `details["run_id"]`, and refuses others meanwhile."""


class ApprovalNotRequested(StateError, code="AP230"):
    """Nobody ever asked for approval of this tool call."""


class ApprovalAlreadyDecided(StateError, code="AP231"):
    """The tool call was decided otherwise, or its approval has expired; `details` say by whom and when."""


class InputChanged(StateError, code="AP232"):
    """The input of the tool call is not the one that was to be approved."""


class ToolNameTaken(InvalidInput, code="AP254"):
    """A tool of the API has the name of another tool or delegate of the agent."""


class PlainSecret(InvalidInput, code="AP255"):
    """A token would be stored in plain sight: name a secret of the executors, `{"$secret": "name"}`."""


class InvalidOutputSchema(InvalidInput, code="AP256"):
    """The output schema says something that structured output cannot keep; the message names the place."""


class InvalidCompaction(InvalidInput, code="AP240"):
    """Compaction settings contradict each other, or have an unknown key; the message names the rule."""


class InvalidCompactionPlan(InvalidInput, code="AP241"):
    """A compaction plan would split a turn, touch an active one, or change nothing."""


class CompactionConflict(StateError, code="AP242"):
    """The session was compacted or restored since the plan was made, or a compaction is under way."""


class NothingToRestore(StateError, code="AP243"):
    """No compaction of the session is in force, or the messages that it stands for are deleted."""


class SessionActive(StateError, code="AP260"):
    """A run of the session, or of one below it, has not ended: `details["run_id"]`. Cancel it first."""


class SessionHasForks(StateError, code="AP261"):
    """Forks show messages of the session: `details["fork_session_ids"]`. Delete these first."""


class DelegateSession(StateError, code="AP262"):
    """The session of a delegate; it is deleted with the one above it, `details["parent_session_id"]`."""


class ImportConflict(Conflict, code="AP263"):
    """What is imported under its own ids is here already."""


class InvalidDocument(InvalidInput, code="AP264"):
    """What was to be imported is no document of `export_session`, or unsound; the message names the place."""


class NotSupported(AgentPGError, code="AP900"):
    """This release of the schema does not do that."""


class RunFailed(AgentPGError):
    """The run that was waited for has failed; `error_type` says how and `response` holds what there is."""

    error_type: str | None = None
    response: Response | None = None


class OutputInvalid(AgentPGError, ValueError):
    """The answer of a run is not what its output schema asks for; `text` is the answer as it came.

    `response` is the whole of it: its `stop_reason` says whether it was cut (`max_tokens`) or refused.
    """

    text: str = ""
    response: Response | None = None


class RunWaitTimeout(AgentPGError, TimeoutError):
    """The run had not finished when the wait timed out; the run itself goes on."""


class LifecycleError(AgentPGError):
    """The client was used at the wrong time."""


class ClientNotStarted(LifecycleError):
    """The client has not been opened."""


class ClientAlreadyStarted(LifecycleError):
    """The client is open already."""


class ClientStopping(LifecycleError):
    """The client is closing or closed."""


class SchemaOutOfDate(AgentPGError):
    """The schema is absent, older or newer than this library can work with."""


class StorageError(AgentPGError):
    """The database could not do it for a reason of its own; `code` is its SQLSTATE."""


def from_sqlstate(sqlstate: str | None) -> type[AgentPGError]:
    """The class raised for a SQLSTATE: its own for the codes of class `AP`, else `StorageError`."""
    return class_for(sqlstate) or StorageError
