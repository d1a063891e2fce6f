"""What the engine promises about turns that are taken up again, in the model."""

from __future__ import annotations

from .limits import TERMINAL
from .model import Run, Session, World


def interrupt(world: World, session: Session) -> None:
    """A new run takes the place of the active one; those that wait go first, so that none of them begins."""
    for run in [each for each in session.runs if each.blocked]:
        world.end(run, "cancelled", run.stop, "cancelled")
    active = session.active
    if active is not None and active.state != "awaiting_input":
        world.end(active, "cancelled", active.stop, "cancelled")


def go_on(world: World, run: Run, said: str | None) -> None:
    """A run that waits for input is continued, with what the user says or what the API needs."""
    stands_with_the_model = run.session.transcript[-1][0] == "assistant"
    if said is None and stands_with_the_model and run.last_stop not in ("pause_turn", "compaction"):
        said = "Continue."
    if said is not None:
        run.session.say("user", [{"type": "text", "text": said}])
    run.iteration_limit = run.iteration + run.max_iterations
    run.iteration += 1
    run.attempt = run.rescues = run.continuations = 0
    run.stop = None
    world.free(run, world.now)


def is_last(run: Run) -> bool:
    """Whether nothing of its session comes after it."""
    later = [each for each in run.session.runs if each is not run and each.state not in TERMINAL]
    begun = [each.first for each in run.session.runs if each.first is not None]
    return not later and run.first == max(begun)


def supersede(run: Run) -> None:
    """Its turn is no longer shown."""
    assert run.first is not None
    run.superseded = True
    run.session.hidden |= set(range(run.first, len(run.session.transcript)))


def fork_before(run: Run, id: object) -> Session:
    """The session that begins with what was said before this run."""
    assert run.first is not None
    origin, first = run.session, run.first
    return Session(
        id,  # type: ignore[arg-type]
        origin.tenant,
        transcript=list(origin.transcript[:first]),
        inherited=first,
        hidden={place for place in origin.hidden if place < first},
    )
