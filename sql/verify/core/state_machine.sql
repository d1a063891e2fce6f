-- Verify agentpg:core/state_machine on pg
begin;

select machine, from_state, to_state, meaning
from agentpg.state_transitions
where false;
select pg_catalog.has_function_privilege('agentpg._guard_state()', 'execute');
select pg_catalog.has_function_privilege('agentpg._guard_first_state()', 'execute');
select pg_catalog.has_function_privilege('agentpg._refuse_change()', 'execute');
select 1 / count(*) from agentpg.state_transitions;

rollback;
