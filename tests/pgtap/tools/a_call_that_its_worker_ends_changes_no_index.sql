begin;
select plan(3);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
create function pg_temp.updates(relation text, out updates bigint, out hot bigint) language sql as $$
  select s.n_tup_upd, s.n_tup_hot_upd from pg_stat_xact_user_tables s where s.schemaname = 'agentpg' and s.relname = relation
$$;
create temporary table before as select * from pg_temp.updates('tool_executions');
select answer(reply_tool_uses(tool_use_block('toolu_1', 'lookup'), tool_use_block('toolu_2', 'lookup'), tool_use_block('toolu_3', 'lookup')));
select advance('15 seconds');
select agentpg.heartbeat(instance_id(), jsonb_build_array(
  jsonb_build_object('tool_execution_id', tool_execution_id('toolu_1'), 'lease_token', tool_lease('toolu_1'))));
select finish_tool('toolu_1'), finish_tool('toolu_2');
select agentpg.fail_tool(tool_execution_id('toolu_3'), tool_lease('toolu_3'), 'no', 'discard');
select is(state_of(), 'pending');
select is(a.updates - b.updates, 4::bigint, 'a lease renewed, and three ends') from before b, pg_temp.updates('tool_executions') a;
select is(a.hot - b.hot, 4::bigint, 'all of them in their page') from before b, pg_temp.updates('tool_executions') a;

select * from finish();
rollback;
