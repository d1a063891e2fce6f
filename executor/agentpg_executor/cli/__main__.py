"""`python -m agentpg_executor.cli`, for where the script `agentpg` is not on the path."""

from __future__ import annotations

import sys

from ._main import main

sys.exit(main())
