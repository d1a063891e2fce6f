-- Revert agentpg:runs/compact_run from pg
begin;

drop function agentpg._emit_compaction(agentpg.runs,uuid);
drop function agentpg._compact_run(agentpg.runs,text);
drop function agentpg._open_compaction(agentpg.compactions,agentpg.runs);
drop function agentpg._above(integer,integer);
drop function agentpg._compact_above(jsonb,jsonb,jsonb,text);
drop function agentpg._compaction_layers(jsonb,jsonb,jsonb);

commit;
