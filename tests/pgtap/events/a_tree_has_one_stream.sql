begin;
select plan(5);

select given_child();
select is((select array_agg(distinct e.root_run_id) from agentpg.read_events(run_id('child')) e), array[run_id()]);
select is(kinds(), '{model_call_finished,tool_started,run_started}');
select is((select row(d ->> 'agent_name', d ->> 'depth', d ->> 'parent_run_id')::text from event_data('run_started') d), format('(%s,1,%s)',
  (select a.name from agentpg.agents a join agentpg.run_inputs i on i.agent_id = a.id where i.run_id = run_id('child')), run_id()));
select claim_one();
select answer(reply_text('Done.'), 'child');
select is(kinds(after => 3), '{model_call_finished,run_ended,tool_finished}', 'the end of a delegate is the end of a call');
select is(kinds('child', tree => false), '{run_started,model_call_finished,run_ended}');

select * from finish();
rollback;
