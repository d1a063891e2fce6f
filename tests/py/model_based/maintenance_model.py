"""What one call of run_maintenance does to the world, and what a heartbeat renews."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import ANY

from .limits import CONTACT, INSTANCE_TTL, LEADER_TTL, LEASE, RESCUES, TERMINAL, TRUCE, UNSERVED
from .model import Call, Instance, Lease, Run, World


def maintain(world: World) -> dict[str, int]:
    """Silent instances, expired leases, deadlines, calls nobody offers; returns the counts it reports."""
    now = world.now
    silent = [i for i in world.instances if i.refusal != "AP007" and i.heard < now - INSTANCE_TTL]
    for instance in silent:
        instance.leave("AP007")
    rescue = may_rescue(world)
    lost_runs = [run for run in world.runs if rescue and run.expires is not None and run.expires < now]
    for run in lost_runs:
        if run.rescues < RESCUES:
            run.rescues += 1
            world.free(run, now, spent=-1)
        else:
            world.end(run, "failed", error="rescue_failed")
    lost_calls = [call for call in world.calls if rescue and call.expires is not None and call.expires < now]
    for call in lost_calls:
        world.give_up_or_retry(call)
    overdue_runs = [r for r in world.runs if r.deadline and r.deadline < now and r.state not in TERMINAL]
    for run in sorted(overdue_runs, key=lambda each: each.deadline or now):
        if run.state == "awaiting_input":
            world.end(run, "completed", run.stop)
        else:
            world.end(run, "failed", error="deadline_exceeded")
    overdue_calls = [c for c in world.calls if c.state in ("pending", "running") and c.deadline < now]
    for call in overdue_calls:
        world.finish(call, "failed", ANY, True)
    served = {name for instance in world.instances for name in instance.tools}
    waiting = [call for call in world.calls if call.state == "pending" and call.name not in served]
    for call in waiting:
        if call.available < now:
            world.unoffered.setdefault(call.name, now)
    before = now - UNSERVED
    unserved = [c for c in waiting if c.available < before and world.unoffered.get(c.name, now) < before]
    for call in unserved:
        world.finish(call, "failed", ANY, True)
    return {
        "removed_instances": len(silent),
        "rescued_runs": len(lost_runs),
        "rescued_tools": len(lost_calls),
        "overdue_runs": len(overdue_runs),
        "overdue_tools": len(overdue_calls),
        "unserved_tools": len(unserved),
    }


def may_rescue(world: World) -> bool:
    """Somebody is in contact, and the fleet has not just come back."""
    truce = world.rescue_after is not None and world.rescue_after > world.now
    return not truce and any(instance.in_contact(world.now) for instance in world.instances)


def heard(world: World, instance: Instance) -> None:
    """A heartbeat; the first after all were silent gives the others time to renew."""
    since = world.now - CONTACT
    others = [each for each in world.instances if each is not instance and each.registered < since]
    if instance.heard < since and not any(each.in_contact(world.now) for each in others):
        world.rescue_after = world.now + TRUCE
    instance.heard = world.now


def leads(world: World, instance: Instance) -> bool:
    """Whether the instance may do the maintenance; it takes over when the leader was silent."""
    until, half = world.leads_until, LEADER_TTL / 2
    if world.leader is not instance and until is not None and until > world.now:
        return False
    if world.leader is not instance or until is None or until <= world.now + half:
        world.leader, world.leads_until = instance, world.now + LEADER_TTL
    return True


def renew(world: World, held: list[Lease]) -> list[tuple[Lease, str]]:
    """Renews what is half spent; returns what is lost, and why."""
    lost: list[tuple[Lease, str]] = []
    for lease in held:
        thing = lease.thing
        if not lease.live:
            run = thing.run if isinstance(thing, Call) else thing
            lost.append((lease, "cancelled" if run.state == "cancelled" else "lease_lost"))
        elif thing.expires is not None and thing.expires < world.now + LEASE / 2:
            thing.expires = world.now + LEASE
    return lost


def give_back(world: World, instance: Instance, things: list[Run] | list[Call]) -> int:
    """What the instance holds of these goes back, its attempt uncounted."""
    held = [thing for thing in things if thing.lease is not None and thing.lease.holder is instance]
    for thing in held:
        world.free(thing, world.now, spent=-1)
    return len(held)


def tick(world: World, step: timedelta) -> None:
    world.now += step
