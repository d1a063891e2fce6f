-- Revert agentpg:core/state_machine from pg
begin;

drop function agentpg._refuse_change();
drop function agentpg._guard_first_state();
drop function agentpg._guard_state();
drop table agentpg.state_transitions;

commit;
