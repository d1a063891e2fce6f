-- Verify agentpg:views/run_tree on pg
begin;

select null::agentpg.run_tree_node;
select pg_catalog.has_function_privilege('agentpg.run_tree(uuid)', 'execute');

rollback;
