-- Verify agentpg:maintenance/leadership on pg
begin;

select singleton, term, leader_id, elected_at, expires_at
from agentpg.leadership
where false;
select pg_catalog.has_function_privilege('agentpg._lead(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._resign(uuid)', 'execute');

rollback;
