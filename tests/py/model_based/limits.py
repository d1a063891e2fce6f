"""The states that end a run, and the limits that the examples run under."""

from __future__ import annotations

from datetime import timedelta

TERMINAL = ("completed", "cancelled", "failed")
LEASE = timedelta(seconds=20)
CONTACT = timedelta(seconds=10)  # half a lease, two heartbeats
TRUCE = timedelta(seconds=10)
INSTANCE_TTL = timedelta(seconds=60)
LEADER_TTL = timedelta(seconds=15)
UNSERVED = timedelta(seconds=30)
TOOL_DEADLINE = timedelta(seconds=60)
SPREAD = timedelta(seconds=10)
MODEL_ATTEMPTS, RESCUES, SNOOZES = 3, 1, 2
TOOL_ATTEMPTS = {"lookup": 2, "write": 3, "orphan": 2}
SETTINGS = {
    "lease_ttl": "20 seconds",
    "heartbeat_interval": "5 seconds",
    "instance_ttl": "60 seconds",
    "leader_ttl": "15 seconds",
    "unserved_tool_timeout": "30 seconds",
    "tool_deadline": "60 seconds",
    "resume_window": "10 seconds",
    "max_model_attempts": MODEL_ATTEMPTS,
    "max_rescue_attempts": RESCUES,
    "tool_max_snoozes": SNOOZES,
    "tool_max_attempts": TOOL_ATTEMPTS["lookup"],
}
