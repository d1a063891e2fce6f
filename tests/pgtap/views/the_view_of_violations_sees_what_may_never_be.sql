begin;
select plan(6);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
select given_run('behind');
select is_empty('select * from agentpg.invariant_violations', 'all is well');

-- Broken by hand, with the guards of the tables out of the way.
set local session_replication_role = replica;
savepoint well;
delete from agentpg.messages where seq = 1;
select set_has($$ select rule from agentpg.invariant_violations $$, $$ values ('gap_in_seq') $$);
rollback to well;
update agentpg.runs set open_tools = 2 where open_tools = 1;
select set_eq($$ select rule from agentpg.invariant_violations $$, $$ values ('open_tools_miscounted') $$);
rollback to well;
update agentpg.runs set state = 'completed', finalized_at = agentpg.now(), open_tools = 0, watch_at = null where id = run_id();
select set_has($$ select rule from agentpg.invariant_violations $$, $$ values ('terminal_run_with_open_tool'), ('queued_behind_nobody') $$);
rollback to well;
delete from agentpg.tool_executions;
select set_has($$ select rule from agentpg.invariant_violations $$, $$ values ('tool_use_without_one_result'), ('waits_for_no_tool') $$);
rollback to well;
update agentpg.tool_executions set attempt = 3;
update agentpg.runs set attempt = 99;
select set_eq($$ select rule from agentpg.invariant_violations $$, $$ values ('tool_attempts_above_limit'), ('attempts_above_limit') $$);

select * from finish();
rollback;
