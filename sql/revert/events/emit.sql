-- Revert agentpg:events/emit from pg
begin;

drop function agentpg._try_lock_stream(agentpg.runs);
drop function agentpg._event(agentpg.runs,text,jsonb,uuid,uuid);
drop function agentpg._emit_in_tree(agentpg.runs,agentpg.run_events[]);
drop function agentpg._emit_all(agentpg.run_events[]);
drop function agentpg._emit(agentpg.runs,text,jsonb,uuid,uuid);

commit;
