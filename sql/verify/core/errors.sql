-- Verify agentpg:core/errors on pg
begin;

select sqlstate, name, meaning
from agentpg.error_codes
where false;
select pg_catalog.has_function_privilege('agentpg._refuse(text,text,text,jsonb)', 'execute');

rollback;
