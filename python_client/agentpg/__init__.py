"""AgentPG: durable Claude agents as rows of Postgres, and a thin typed client for them."""

from __future__ import annotations

from agentpg import constants, errors, events
from agentpg._async.client import AsyncClient
from agentpg._schema import SCHEMA_VERSION
from agentpg._sync.client import Client
from agentpg._version import __version__
from agentpg.approvals import Approval
from agentpg.batches import BatchProgress, BatchQueue
from agentpg.budgets import Budget
from agentpg.compaction import Compaction, SessionStats
from agentpg.config import ClientConfig
from agentpg.costs import CostSummary, PromptWarning
from agentpg.enums import (
    BatchState,
    BatchStatus,
    CompactionState,
    MessageRole,
    OnBusy,
    RunMode,
    RunState,
    ToolExecutionState,
)
from agentpg.errors import AgentPGError, OutputInvalid, RunCancelled, RunFailed, RunWaitTimeout
from agentpg.features import RequestFeatures
from agentpg.new_runs import CreatedRun, NewRun
from agentpg.options import RunOptions
from agentpg.retention import Retained, RetentionPolicy
from agentpg.trees import RunTreeNode
from agentpg.types import (
    Agent,
    ContentBlock,
    Instance,
    Iteration,
    Message,
    Response,
    Run,
    Session,
    TimelineEntry,
    ToolCall,
    Usage,
    Waiting,
)

__all__ = [
    "SCHEMA_VERSION",
    "Agent",
    "AgentPGError",
    "Approval",
    "AsyncClient",
    "BatchProgress",
    "BatchQueue",
    "BatchState",
    "BatchStatus",
    "Budget",
    "Client",
    "ClientConfig",
    "Compaction",
    "CompactionState",
    "ContentBlock",
    "CostSummary",
    "CreatedRun",
    "Instance",
    "Iteration",
    "Message",
    "MessageRole",
    "NewRun",
    "OnBusy",
    "OutputInvalid",
    "PromptWarning",
    "RequestFeatures",
    "Response",
    "Retained",
    "RetentionPolicy",
    "Run",
    "RunCancelled",
    "RunFailed",
    "RunMode",
    "RunOptions",
    "RunState",
    "RunTreeNode",
    "RunWaitTimeout",
    "Session",
    "SessionStats",
    "TimelineEntry",
    "ToolCall",
    "ToolExecutionState",
    "Usage",
    "Waiting",
    "__version__",
    "constants",
    "errors",
    "events",
]
