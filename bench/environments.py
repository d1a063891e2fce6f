"""The virtual environment of a subject: made once from its requirements, with exact versions."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from .interpreters import NotInstallable, interpreter_for

ROOT = Path(__file__).resolve().parent.parent
SUBJECTS = ROOT / "bench" / "subjects"


def script_of(subject: str) -> Path:
    """The script of a subject. Raises SystemExit if there is none."""
    for name in (subject, f"{subject}_"):
        if (path := SUBJECTS / f"{name}.py").exists():
            return path
    raise SystemExit(f"no such subject: {subject} (there are: {', '.join(all_subjects())})")


def all_subjects() -> list[str]:
    """Ours first."""
    found = {path.stem.removesuffix("_") for path in SUBJECTS.glob("*.py") if not path.stem.startswith("_")}
    return sorted(found, key=lambda name: (name != "agentpg", name))


def title_of(subject: str) -> str:
    """The first line of the script's docstring."""
    for line in script_of(subject).read_text().splitlines():
        if line.startswith('"""'):
            return line.strip('"').rstrip(".")
    return subject


def python_of(subject: str, folder: Path) -> Path:
    """The Python for a subject: this one, or that of an environment in `folder`."""
    requirements = SUBJECTS / f"{subject}.txt"
    if not requirements.exists():
        return Path(sys.executable)
    place = folder / subject
    python = place / "bin" / "python"
    stamp = place / "requirements.digest"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    interpreter = interpreter_for(requirements)
    print(f"installing what {subject} needs into {place}", file=sys.stderr)
    commands: tuple[list[str | Path], ...] = (
        [interpreter, "-m", "venv", "--clear", place],
        [python, "-m", "pip", "--disable-pip-version-check", "install", "-q", "-r", requirements],
    )
    for command in commands:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            raise NotInstallable((answer.stderr or answer.stdout).strip()[-1000:])
    stamp.write_text(wanted)
    return python
