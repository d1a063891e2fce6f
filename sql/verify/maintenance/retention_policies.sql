-- Verify agentpg:maintenance/retention_policies on pg
begin;

select kind, state, max_age, walked_to, updated_at
from agentpg.retention_policies
where false;
select pg_catalog.has_function_privilege('agentpg.set_retention(text,interval,text)', 'execute');

rollback;
