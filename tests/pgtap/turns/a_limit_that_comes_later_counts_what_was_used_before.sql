begin;
select plan(5);

select given_instance('{lookup}');
select given_agent('worker', '{lookup}');
select given_manager('manager', '{worker}');
select given_run(agent => 'manager', options => '{"max_iterations": 1}');
select claim_one();
select answer(reply_tool_uses(task_for('worker', 'toolu_1')));
select child_of('toolu_1', 'child');
select claim_one();
select answer(reply_text('Done.'), 'child');
select is(state_of(), 'awaiting_input');
select is_empty('select * from agentpg.budget_usage', 'it is under no limit');

select agentpg.continue_run(run_id(), options => '{"max_tokens": 1}');
select is(
  (select u.used_tokens from agentpg.budget_usage u where u.run_id = run_id()),
  (select sum(t.input_tokens + t.output_tokens + t.cache_creation_input_tokens + t.cache_read_input_tokens)::bigint
    from agentpg.iterations t where t.run_id in (run_id(), run_id('child'))),
  'its own model call and that of its delegate count'
);
select is(
  (select u.used_cost_usd from agentpg.budget_usage u where u.run_id = run_id()),
  (select trim_scale(sum(t.cost_usd)) from agentpg.iterations t where t.run_id in (run_id(), run_id('child')))
);
select cmp_ok((select u.used_tokens from agentpg.budget_usage u where u.run_id = run_id()), '>', 0::bigint);

select * from finish();
rollback;
