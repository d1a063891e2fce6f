-- Revert agentpg:runs/delete_runs from pg
begin;

drop function agentpg._delete_runs(uuid[]);
drop function agentpg._keep_usage(uuid[]);
drop table agentpg.deleted_usage;

commit;
