begin;
select plan(9);

select given_instance();
select given_agent('worker');
select given_manager();
select given_run(agent => 'manager');
select claim_one();
select answer(reply_tool_uses(
  tool_use_block('none', 'worker'), tool_use_block('number', 'worker', '{"task": 7}'), tool_use_block('nothing', 'worker', '{"task": null}'),
  tool_use_block('empty', 'worker', '{"task": ""}'), tool_use_block('blank', 'worker', jsonb_build_object('task', E' \n\t')),
  tool_use_block('list', 'worker', '["Look."]'), tool_use_block('extra', 'worker', '{"task": "Look.", "more": 1}')
));
select is(results_of(n.id), array['error: The agent worker was not started: it takes one text, task, which must not be empty.'], n.id)
from unnest('{none,number,nothing,empty,blank,list}'::text[]) as n(id);
select is((select array_agg(e.tool_use_id) from agentpg.tool_executions e where e.completed_at is null), '{extra}', 'what it was not asked for does not matter');
select is((select row(r.state, r.open_tools)::text from agentpg.get_run(run_id()) r), '(pending_tools,1)');
select all_is_well();

select * from finish();
rollback;
