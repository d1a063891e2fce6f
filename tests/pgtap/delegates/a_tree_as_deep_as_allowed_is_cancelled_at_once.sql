begin;
select plan(7);

select given_instance('{lookup}');
select agentpg.configure('{"max_depth": 100}');
select given_agent('worker', '{lookup}');
select agentpg.update_agent(agent_id('worker'), jsonb_build_object('agent_ids', jsonb_build_array(agent_id('worker')), 'config', '{"allow_recursion": true}'::jsonb));
select given_run('0', agent => 'worker');
select is(claim_one(), '0');
create function pg_temp.descend(depth integer) returns text language plpgsql as $$
begin
  perform agentpg_test.answer(agentpg_test.reply_tool_uses(agentpg_test.task_for('worker', 'toolu_' || depth)), (depth - 1)::text);
  perform agentpg_test.child_of('toolu_' || depth, depth::text);
  return agentpg_test.claim_one();
end
$$;
select is((select array_agg(pg_temp.descend(d) order by d) from generate_series(1, 100) d), array(select d::text from generate_series(1, 100) d));
select answer(reply_tool_uses(task_for('worker', 'toolu_101'), tool_use_block('toolu_102', 'lookup')), '100');
select is(results_of('toolu_101'), array['error: The agent worker was not started: delegates may go 100 deep, and this run is there.']);
select is((select max(n.depth) from agentpg.run_tree(run_id('0')) n), 100);
select is(agentpg.cancel_run(run_id('0')), true);
select is((select array_agg(distinct r.state) from agentpg.runs r), '{cancelled}');
select all_is_well();

select * from finish();
rollback;
