"""A migration project on disk: the plan, and the scripts of each change."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import Literal

from ._errors import PlanError
from ._parser import parse_plan
from ._plan import Change, Plan
from ._scripts import Script, read_script

Kind = Literal["deploy", "revert", "verify"]


@dataclass(frozen=True)
class Project:
    """A plan and the folder that holds `deploy/`, `revert/` and `verify/`."""

    plan: Plan
    scripts: Path

    @classmethod
    def load(cls, plan_file: Path, scripts: Path) -> Project:
        try:
            text = plan_file.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise PlanError(f"there is no plan at {plan_file}") from None
        return cls(parse_plan(text, str(plan_file)), scripts)

    @classmethod
    def packaged(cls) -> Project:
        """AgentPG's own schema: inside the installed package, or in the source tree it was installed from."""
        package = Path(__file__).resolve().parents[1]
        installed = package / "_sql"
        if installed.is_dir():
            return cls.load(installed / "sqitch.plan", installed)
        tree = package.parents[1]
        return cls.load(tree / "sqitch.plan", tree / "sql")

    def path(self, kind: Kind, change: Change) -> Path:
        """A reworked change's older versions are `name@tag.sql`, by the first such file there is."""
        folder, _, base = change.name.rpartition("/")
        names = [f"{base}@{tag}.sql" for tag in change.rework_tags] or [f"{base}.sql"]
        existing = [name for name in names if (self.scripts / "deploy" / folder / name).exists()]
        return self.scripts / kind / folder / (existing or names)[0]

    def script(self, kind: Literal["deploy", "revert"], change: Change) -> Script:
        script = read_script(self.path(kind, change))
        if script.rolls_back:
            raise PlanError(f"the script {script.path} ends with rollback, so it would do nothing")
        return script

    def verify_script(self, change: Change) -> Script | None:
        """A change without a verify script is taken as it is, as sqitch does."""
        path = self.path("verify", change)
        if not path.exists():
            return None
        script = read_script(path)
        if script.controls_transactions:
            raise PlanError(
                f"the script {path} must be one transaction (begin; ... rollback;) or plain queries"
            )
        return script

    def script_hash(self, change: Change) -> str | None:
        """What the registry keeps of a deploy script, to notice that it was edited later."""
        try:
            return sha1(self.path("deploy", change).read_bytes(), usedforsecurity=False).hexdigest()
        except FileNotFoundError:
            return None
