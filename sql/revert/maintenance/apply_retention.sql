-- Revert agentpg:maintenance/apply_retention from pg
begin;

drop function agentpg.apply_retention(integer,boolean);
drop function agentpg._count_events();
drop function agentpg._count_policy(agentpg.retention_policies);
drop function agentpg._is_due(text,uuid,timestamp with time zone);
drop function agentpg._tree_of(uuid[]);
drop function agentpg._apply_policies(integer);
drop function agentpg._apply_policy(agentpg.retention_policies,integer);
drop function agentpg._walk(agentpg.retention_policies,timestamp with time zone,integer);
drop type agentpg.retained;

commit;
