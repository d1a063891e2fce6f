"""From whatever a command raised to the three lines and the exit code that stand for it."""

from __future__ import annotations

import os
import traceback

from ._failure import CliError, missing_package, one_line
from .exit_codes import ExitCode

_OURS = ("agentpg", "agentpg_executor")


def explain(error: BaseException, command: str) -> CliError:
    """The error of the command line that stands for `error`."""
    if isinstance(error, CliError):
        return error
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] not in _OURS:
        return missing_package(error, command)
    return _database_error(error) or _embedded_error(error) or _defect(error, command)


def _database_error(error: BaseException) -> CliError | None:
    import psycopg
    from agentpg import errors
    from agentpg.migrate import MigrationError

    if isinstance(error, MigrationError):
        return _migration_error(error)
    if isinstance(error, psycopg.Error):
        sqlstate = error.sqlstate
        return _storage_error(sqlstate, error.diag.message_primary or str(error), error.diag.message_hint)
    if not isinstance(error, errors.AgentPGError):
        return None
    if isinstance(error, errors.SchemaOutOfDate):
        return CliError(
            ExitCode.NOT_READY,
            "the schema of this database does not fit",
            why=one_line(error.message),
            next="agentpg migrate",
        )
    if isinstance(error, errors.StorageError):
        return _storage_error(error.code, error.message, error.hint)
    code = _code_of(error)
    why = error.hint or f"refused with {type(error).__name__}" + (f" ({error.code})" if error.code else "")
    return CliError(code, one_line(error.message), why=one_line(why), next=_next_after(error))


def _code_of(error: Exception) -> ExitCode:
    from agentpg import errors

    kinds: tuple[tuple[type[Exception], ExitCode], ...] = (
        (errors.NotFound, ExitCode.NOT_FOUND),
        (errors.Conflict, ExitCode.CONFLICT),
        (errors.StateError, ExitCode.CONFLICT),
        (errors.RunWaitTimeout, ExitCode.TIMEOUT),
        (errors.RunFailed, ExitCode.RUN_FAILED),
        (errors.InvalidInput, ExitCode.USAGE),
        (errors.NotSupported, ExitCode.USAGE),
    )
    return next((code for kind, code in kinds if isinstance(error, kind)), ExitCode.DEFECT)


def _next_after(error: Exception) -> str:
    from agentpg import errors

    if isinstance(error, errors.RunWaitTimeout):
        return f"agentpg runs show {error.run_id or 'ID'}"
    if isinstance(error, errors.ToolNotFound):
        return "agentpg worker --tools MODULE"
    if isinstance(error, (errors.AgentNotFound, errors.AgentDeleted, errors.AgentExists)):
        return "agentpg agents list"
    if isinstance(error, errors.BatchNotFound) or (
        isinstance(error, errors.StateError) and error.batch_id is not None
    ):
        return "agentpg batches list"
    if isinstance(error, (errors.ApprovalNotRequested, errors.ApprovalAlreadyDecided, errors.InputChanged)):
        return "agentpg approvals list"
    if isinstance(error, (errors.SessionHasForks, errors.DelegateSession, errors.ImportConflict)):
        return "agentpg sessions list"
    if isinstance(error, (errors.RunNotFound, errors.StateError)):
        return "agentpg runs list"
    if isinstance(error, errors.SessionNotFound):
        return "agentpg sessions list"
    return "agentpg --help"


def _storage_error(sqlstate: str | None, message: str, hint: str | None) -> CliError:
    why = one_line(message if not hint else f"{message}\n{hint}")
    if sqlstate == "42501" or (sqlstate or "").startswith("28") or "authentication failed" in message:
        return CliError(
            ExitCode.AUTH, "the database refused this user", why=why, next="agentpg doctor --database-url URL"
        )
    if sqlstate is None:
        return CliError(
            ExitCode.NOT_READY,
            "the database cannot be reached",
            why=why,
            next="agentpg doctor, or agentpg dev for a database of your own",
        )
    if sqlstate in ("3F000", "42883", "42P01"):
        return CliError(
            ExitCode.NOT_READY, "the schema of this database does not fit", why=why, next="agentpg migrate"
        )
    return CliError(
        ExitCode.NOT_READY, f"the database could not do it ({sqlstate})", why=why, next="agentpg doctor"
    )


def _migration_error(error: Exception) -> CliError:
    from agentpg.migrate import ChangeFailed, MigrationDiverged, MigrationLocked, PlanError

    first, _, rest = str(error).partition(": ")
    why = one_line(rest) or "nothing of it was left half done"
    if isinstance(error, (MigrationDiverged, MigrationLocked)):
        return CliError(ExitCode.CONFLICT, one_line(first), why=why, next="agentpg migrate --check")
    if isinstance(error, PlanError):
        return CliError(ExitCode.USAGE, one_line(first), why=why, next="agentpg migrate --check")
    what = one_line(first) if isinstance(error, ChangeFailed) else "the migration was refused"
    why = why if isinstance(error, ChangeFailed) else one_line(str(error))
    return CliError(ExitCode.NOT_READY, what, why=why, next="agentpg migrate --check")


def _embedded_error(error: BaseException) -> CliError | None:
    from ..embedded import EmbeddedPostgresError

    if not isinstance(error, EmbeddedPostgresError):
        return None
    first, _, rest = str(error).partition(": ")
    return CliError(
        ExitCode.NOT_READY,
        f"the embedded Postgres: {one_line(first)}",
        why=one_line(rest) or "see above",
        next="agentpg demo --database-url URL uses a Postgres of yours",
    )


def _defect(error: BaseException, command: str) -> CliError:
    if os.environ.get("AGENTPG_DEBUG"):
        traceback.print_exception(error)
    return CliError(
        ExitCode.DEFECT,
        f"agentpg {command} stopped at an error of its own",
        why=one_line(f"{type(error).__name__}: {error}"),
        next=f"AGENTPG_DEBUG=1 agentpg {command} ... shows where",
    )
