-- Revert agentpg:views/run_tree from pg
begin;

drop function agentpg.run_tree(uuid);
drop type agentpg.run_tree_node;

commit;
