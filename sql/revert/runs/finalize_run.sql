-- Revert agentpg:runs/finalize_run from pg
begin;

drop function agentpg._finalize_run(agentpg.runs,agentpg.run_state,text,text,text);
drop function agentpg._activate_next(uuid,uuid);

commit;
