-- Revert agentpg:core/uuid from pg
begin;

drop function agentpg._ids_count_iterations(jsonb);
drop function agentpg._iteration_number(uuid);
drop function agentpg._run_of_iteration(uuid);
drop function agentpg._iteration_id(uuid,integer);
drop function agentpg._new_run_id();
drop function agentpg._uuid_v7();

commit;
