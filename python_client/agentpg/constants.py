"""Names and defaults of the schema, for those who listen, filter or display for themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

CHANNEL_RUN_CREATED: Final = "agentpg_run_created"
CHANNEL_RUN_STATE: Final = "agentpg_run_state"
CHANNEL_RUN_FINALIZED: Final = "agentpg_run_finalized"
CHANNEL_TOOL_PENDING: Final = "agentpg_tool_pending"
CHANNEL_TOOLS_COMPLETE: Final = "agentpg_tools_complete"
CHANNEL_RUN_EVENT: Final = "agentpg_run_event"

CONTENT_TYPE_TEXT: Final = "text"
CONTENT_TYPE_TOOL_USE: Final = "tool_use"
CONTENT_TYPE_TOOL_RESULT: Final = "tool_result"
CONTENT_TYPE_IMAGE: Final = "image"
CONTENT_TYPE_DOCUMENT: Final = "document"
CONTENT_TYPE_THINKING: Final = "thinking"
CONTENT_TYPE_SERVER_TOOL_USE: Final = "server_tool_use"
CONTENT_TYPE_WEB_SEARCH_RESULT: Final = "web_search_result"

TRIGGER_TYPE_USER_PROMPT: Final = "user_prompt"
TRIGGER_TYPE_TOOL_RESULTS: Final = "tool_results"
TRIGGER_TYPE_CONTINUATION: Final = "continuation"

DEFAULT_MAX_CONCURRENT_RUNS: Final = 10
DEFAULT_MAX_CONCURRENT_TOOLS: Final = 50
DEFAULT_TOOL_RETRY_MAX_ATTEMPTS: Final = 2
DEFAULT_TOOL_RETRY_JITTER: Final = 0.0
DEFAULT_MAX_TOKENS: Final = 4096

DEFAULT_WAIT_POLL_MIN: Final = timedelta(seconds=0.5)
DEFAULT_WAIT_POLL_MAX: Final = timedelta(seconds=5)
