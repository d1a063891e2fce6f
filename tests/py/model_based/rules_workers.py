"""Rules about workers: heartbeats, crashes, new incarnations, clock jumps, maintenance, late calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from .checks import same
from .late import LateCalls
from .machine import picks
from .maintenance_model import heard, leads, maintain, may_rescue, renew
from .model import Call, Instance, Lease, Run

JUMPS = (21, 11, 11, 1, 6, 21, 45, 65, 150, 700)


def _token(item: dict[str, str]) -> str:
    return item["lease_token"]


class WorkerRules(LateCalls):
    @rule(seconds=st.sampled_from(JUMPS))
    @precondition(lambda self: self.calm)
    def time_passes(self, seconds: int) -> None:
        self.tick(f"{seconds} seconds pass", timedelta(seconds=seconds))

    @rule(n=picks, extra=st.integers(0, 2))
    @precondition(lambda self: self.calm and self.working)
    def heartbeat(self, n: int, extra: int) -> None:
        """With what the worker believes it holds, and some leases of others or long gone."""
        self.tick("heartbeat")
        instance = self.pick(self.working, n)
        others = [lease for lease in self.dead if lease.thing.lease is not None]
        others += [self.pick(self.leases, n + i) for i in range(extra) if self.leases]
        held = list(dict.fromkeys(self.memory[instance] + others))
        lost = self._beat(instance.id, held)
        heard(self.world, instance)
        wanted = [self._item(lease) | {"reason": reason} for lease, reason in renew(self.world, held)]
        same(sorted(lost, key=_token), sorted(wanted, key=_token))
        self.memory[instance] = [lease for lease in self.memory[instance] if lease.live]

    def _beat(self, instance_id: UUID, held: list[Lease]) -> Any:
        items = self.json([self._item(lease) for lease in held])
        return self.engine.value("heartbeat", instance_id=instance_id, held=items)["lost"]

    def _item(self, lease: Lease) -> dict[str, str]:
        kind = "run_id" if isinstance(lease.thing, Run) else "tool_execution_id"
        id = lease.thing.id if isinstance(lease.thing, Run) else lease.id
        return {kind: str(id), "lease_token": str(lease.token)}

    @rule(n=picks)
    @precondition(lambda self: self.calm and any(self.memory.values()))
    def crash(self, n: int) -> None:
        """A worker forgets what it holds; its leases run out, or its last words come later."""
        self.tick("crash")
        self.memory[self.pick([each for each in self.memory if self.memory[each]], n)] = []

    @rule(place=st.integers(0, 2), exclusive=st.sampled_from((True, True, False)))
    @precondition(lambda self: self.calm)
    def register_instance(self, place: int, exclusive: bool) -> None:
        self.tick("exclusive registration" if exclusive else "registration")
        if exclusive:  # rather one that takes something over
            places = [self._place(lease.holder) for lease in self.live(Call) if not lease.holder.refusal]
            place = self.pick(places, place) if places else place
            self.tally["taken over from a live one"] += bool(places)
        self.register(place, exclusive)
        self._who_left_is_refused()

    @rule(n=picks)
    @precondition(lambda self: self.calm and len(self.working) > 3)
    def deregister_instance(self, n: int) -> None:
        self.tick("deregister_instance")
        instance = self.pick(self.working, n)
        self.engine.rows("deregister_instance", instance_id=instance.id)
        self.give_back_all(instance)
        instance.leave("AP007")
        if self.world.leader is instance:
            self.world.leader = self.world.leads_until = None
        with self.engine.nothing_changes():
            self.engine.rows("deregister_instance", instance_id=instance.id)
        self._who_left_is_refused()

    @staticmethod
    def _place(instance: Instance) -> int:
        return int(instance.name.removeprefix("worker "))

    def _who_left_is_refused(self) -> None:
        for instance in self.world.instances:
            if instance.refusal and instance not in self.tried:
                self.tried.append(instance)
                with self.engine.nothing_changes():
                    for function in ("claim_runs", "claim_tool_executions", "heartbeat", "run_maintenance"):
                        assert self.engine.refusal(function, instance_id=instance.id) == instance.refusal

    @rule(n=picks, by_instance=st.booleans())
    @precondition(lambda self: self.calm)
    def run_maintenance(self, n: int, by_instance: bool) -> None:
        self.tick("run_maintenance")
        instance = self.pick(self.working, n) if by_instance and self.working else None
        said = self.engine.value("run_maintenance", instance_id=instance.id if instance else None)
        if instance and not leads(self.world, instance):
            self.tally["another leads"] += 1
            assert said == {"leader": False}
            return
        assert said["leader"] is (instance is not None)
        self._swept(said)

    @rule(n=picks, steps=st.sampled_from(((9, 9, 3), (9, 9, 3), (21, 0), (21,))))
    @precondition(lambda self: self.calm and any(lease.live for lease in self.leases))
    def leases_run_out(self, n: int, steps: tuple[int, ...]) -> None:
        """One worker says nothing of what it holds, comes back after all were silent, or nobody is there."""
        watcher = self.pick(self.working, n) if self.working else self.register(0)
        for step in steps[:-1]:
            self.tick("leases run out", timedelta(seconds=step))
            self._beat(watcher.id, [])
            heard(self.world, watcher)
        self.tick("leases run out", timedelta(seconds=steps[-1]))
        self._swept(self.engine.value("run_maintenance"))

    @property
    def nobody_offers(self) -> bool:
        offered = {name for each in self.world.instances for name in each.tools}
        return any(call.state == "pending" and call.name not in offered for call in self.world.calls)

    @rule()
    @precondition(lambda self: self.calm and self.nobody_offers)
    def a_call_waits_for_whoever_offers_its_tool(self) -> None:
        """Not for long: half a minute after that was noticed first."""
        for seconds in (1, 31):
            self.tick("nobody offers it", timedelta(seconds=seconds))
            self._swept(self.engine.value("run_maintenance"))

    def _swept(self, said: dict[str, Any]) -> None:
        self.tally["no rescue yet"] += not may_rescue(self.world)
        wanted = maintain(self.world)
        self.tally.update({what: count for what, count in wanted.items() if count})
        same({what: said[what] for what in wanted}, wanted)
        self._who_left_is_refused()

    @rule(n=picks)
    @precondition(lambda self: self.calm and any(queue.parked for queue in self.world.queues.values()))
    def resume_parked(self, n: int) -> None:
        self.tick("resume_parked")
        model = self.pick([None, *self.world.queues], n)
        assert self.engine.value("resume_parked", model=model) == self.resumed(model)

    def resumed(self, model: str | None) -> int:
        parked = [q for name, q in self.world.queues.items() if q.parked and model in (None, name)]
        for queue in parked:
            queue.parked, queue.paused_until, queue.resumed = False, None, self.world.now
        return len(parked)

    @rule(n=picks, which=st.integers(0, 2))
    @precondition(lambda self: self.calm and self.dead)
    def late_calls_change_nothing(self, n: int, which: int) -> None:
        """Under leases of one run that are gone: refused, but for repeats of the calls that ended them."""
        self.tick("late calls")
        run = self._run_of(self.pick(self.dead, n))
        with self.engine.nothing_changes():
            self.call_late(run, which)

    @rule(n=picks, which=st.integers(0, 2), token=st.sampled_from((None, "wrong", "other", "id")))
    @precondition(lambda self: self.calm and self.leases)
    def a_wrong_token_changes_nothing(self, n: int, which: int, token: str | None) -> None:
        self.tick("wrong token")
        held = [lease for lease in self.leases if lease.live]
        lease = self.pick(held if held and n % 3 else self.leases, n)
        other = self.pick(self.leases, n // 7)
        function = self._functions(lease)[which % len(self._functions(lease))]
        ids = self.ids(lease)
        name = next(iter(ids))
        wanted = self.stale_code(lease)
        if token is None:
            ids["lease_token"] = None
        elif token == "wrong" or (token == "other" and other.id == lease.id):
            ids["lease_token"] = UUID(int=n)
        elif token == "other":
            ids["lease_token"] = other.token
        else:
            ids[name], wanted = UUID(int=n), "AP004" if name == "iteration_id" else "AP005"
        with self.engine.nothing_changes():
            assert self.engine.refusal(function, **ids, **self._any_arguments(function)) == wanted
            item = {"run_id": str(lease.thing.id) if isinstance(lease.thing, Run) else str(lease.id)}
            for instance in self.working[:1]:
                assert (
                    self.engine.refusal("heartbeat", instance_id=instance.id, held=self.json([item]))
                    == "AP100"
                )
