-- Verify agentpg:runs/fit_context on pg
begin;

select pg_catalog.has_function_privilege('agentpg._context_after(agentpg.runs,jsonb,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._fit_context(agentpg.runs,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._begin_turn(agentpg.runs,boolean)', 'execute');
select pg_catalog.has_function_privilege('agentpg._overflowed_before(agentpg.runs)', 'execute');
select pg_catalog.has_function_privilege('agentpg._compact_overflow(agentpg.runs,bigint)', 'execute');
select pg_catalog.has_function_privilege('agentpg._go_on_compacted(agentpg.runs)', 'execute');

rollback;
