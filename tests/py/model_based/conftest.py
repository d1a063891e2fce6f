"""Which of these tests are collected."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("AGENTPG_MODEL") == "mutations" else ["test_mutations.py"]
