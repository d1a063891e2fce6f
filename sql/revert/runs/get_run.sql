-- Revert agentpg:runs/get_run from pg
begin;

drop function agentpg.run_iterations(uuid);
drop function agentpg.finished_runs(uuid[]);
drop function agentpg.get_response(uuid);
drop type agentpg.run_response;
drop function agentpg.list_runs(uuid,uuid,agentpg.run_state,integer,uuid);
drop function agentpg._run_page(uuid,uuid,agentpg.run_state,integer,uuid);
drop function agentpg.get_run(uuid);

commit;
