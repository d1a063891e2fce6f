"""Puts the SQL and the plan into the wheel, and not into an editable install, which reads sql/ itself."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SqlAsPackageData(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            for folder in ("deploy", "revert", "verify"):
                build_data["force_include"][f"sql/{folder}"] = f"agentpg/_sql/{folder}"
            build_data["force_include"]["sqitch.plan"] = "agentpg/_sql/sqitch.plan"
