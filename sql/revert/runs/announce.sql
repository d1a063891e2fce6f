-- Revert agentpg:runs/announce from pg
begin;

drop function agentpg._announce_state(agentpg.runs);
drop function agentpg._announce_created(agentpg.runs,agentpg.run_inputs);

commit;
