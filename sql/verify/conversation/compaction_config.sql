-- Verify agentpg:conversation/compaction_config on pg
begin;

select pg_catalog.has_function_privilege('agentpg.compaction_defaults()', 'execute');
select pg_catalog.has_function_privilege('agentpg._strategy_function(text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_compaction(jsonb,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._summarizer_model()', 'execute');
select pg_catalog.has_function_privilege('agentpg._compaction_config(jsonb,text)', 'execute');

rollback;
