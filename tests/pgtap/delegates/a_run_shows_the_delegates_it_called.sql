begin;
select plan(11);

select given_child();
select is((select row(t.name, t.is_agent_tool, t.agent_id, t.child_run_id, t.state, t.output, t.input)::text from agentpg.run_tool_calls(run_id()) t),
  row('worker', true, agent_id('worker'), run_id('child'), 'running', '', '{"task": "Look."}'::jsonb)::text);
select is((select w.reason from agentpg.why_waiting(run_id()) w), 'delegate');
select is((select w.reason from agentpg.why_waiting(run_id('child')) w), 'queued');
select claim_one();
select advance('3 seconds');
select answer(reply_text('Found.'), 'child');
select is((select row(t.state, t.output, t.is_error, t.child_run_id, t.duration >= '3 seconds')::text from agentpg.run_tool_calls(run_id()) t),
  row('completed', 'Found.', false, run_id('child'), true)::text);
select is((select count(*) from agentpg.iteration_tool_calls(iteration_id()) t where t.is_agent_tool), 1::bigint);
select is((select jsonb_path_query_array(g.tool_calls, '$[*].child_run_id') from agentpg.get_response(run_id()) g), jsonb_build_array(run_id('child')));
select is((select (g.tool_calls -> 0 ->> 'is_agent_tool')::boolean from agentpg.get_response(run_id()) g), true);
select is((select array_agg(t.event || coalesce(': ' || t.detail, '') order by t.elapsed) from agentpg.run_timeline(run_id()) t where t.event like 'tool%'),
  array['tool started: worker {"task": "Look."}', 'tool completed: worker: Found.']);
select is((select array_agg(distinct t.actor) from agentpg.run_timeline(run_id()) t where t.event like 'tool%'), '{null}', 'no worker had it');
select is((select array_agg(t.event) from agentpg.run_timeline(run_id('child')) t), '{created,"model call",answer,completed}');
select is((select array_agg(l.id order by l.id) from agentpg.list_runs(session_id => (agentpg.get_run(run_id('child'))).session_id) l), array[run_id('child')]);

select * from finish();
rollback;
