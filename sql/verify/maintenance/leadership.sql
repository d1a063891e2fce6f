-- Verify agentpg:maintenance/leadership on pg
begin;

select singleton, term, leader_id, elected_at, expires_at, rescue_after, looked_back_at
from agentpg.leadership
where false;
select pg_catalog.has_function_privilege('agentpg._lead(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._resign(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._heard_since(timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._begin_truce(uuid,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._may_rescue(timestamp with time zone)', 'execute');

rollback;
