-- Verify agentpg:runs/settle_summary on pg
begin;

select pg_catalog.has_function_privilege('agentpg._conversation_again(agentpg.runs)', 'execute');
select pg_catalog.has_function_privilege('agentpg._give_up_summary(agentpg.runs,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._settle_summary(agentpg.runs,jsonb,text)', 'execute');

rollback;
