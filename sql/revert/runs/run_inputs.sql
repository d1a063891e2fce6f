-- Revert agentpg:runs/run_inputs from pg
begin;

drop table agentpg.run_inputs;

commit;
