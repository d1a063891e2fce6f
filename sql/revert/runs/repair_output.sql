-- Revert agentpg:runs/repair_output from pg
begin;

drop function agentpg._repair_output(agentpg.runs,jsonb,text,jsonb);
drop function agentpg._output_fault(agentpg.runs,jsonb);
drop function agentpg._roomier_prefix(uuid);
drop function agentpg._is_json(text);
drop function agentpg._output_text(jsonb);

commit;
