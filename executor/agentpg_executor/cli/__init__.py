"""The command `agentpg`.

Every command keeps to the same rules. Data goes to stdout and everything else to stderr. Colour and
movement appear on a terminal only, and never with NO_COLOR. Nothing is asked without a terminal: the command
then fails and names the flag to pass. An error is three lines: what, why, and the next command. `exit_codes`
has the table of exit codes. Commands that need the database alone work in a bare `pip install agentpg`.
"""

from __future__ import annotations

from ._main import main

__all__ = ["main"]
