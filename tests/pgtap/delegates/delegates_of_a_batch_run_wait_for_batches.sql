begin;
select plan(11);

select given_child('batch', variables => '{"user": 1}');
select is((select row(c.run_mode, c.current_mode, c.state, c.variables)::text from agentpg.get_run(run_id('child')) c), row('batch', 'batch', 'pending', '{"user": 1}'::jsonb)::text);
select is(claim_one(), null, 'no streaming worker takes it');
select agentpg.register_instance(name => 'gatherer', max_concurrent_batches => 1);
select is((select w.reason from agentpg.why_waiting(run_id('child')) w), 'gathering');
select advance('1 minute');
select is(gather('second'), '{child}');
select end_batch('second', 'msgbatch_2');
select remember('batch', 'batch', batch_id('second'), batch_lease('second'));
select take(succeeded('child', reply_text('Found.')));
select ingested(1);
select is(state_of('child'), 'completed');
select is(results_of(), '{Found.}');
select advance('1 minute');
select is(gather('third'), '{run}', 'the run above waits for the next batch');
select agentpg.cancel_run(run_id());

-- A batch run that has gone over to streaming takes its delegates with it.
select given_run('hurried', session => 'hurried', agent => 'manager', mode => 'batch', options => '{"stream_after_turns": 1}');
select advance('1 minute');
select is(gather('fourth'), '{hurried}');
select end_batch('fourth', 'msgbatch_4');
select remember('batch', 'batch', batch_id('fourth'), batch_lease('fourth'));
select take(succeeded('hurried', reply_tool_uses(task_for('worker', 'toolu_2')), 'fourth'));
select child_of('toolu_2', 'its child');
select is((select c.current_mode from agentpg.get_run(run_id('its child')) c), 'batch', 'its first turn was in a batch, and so is what it called');
select agentpg.cancel_run(run_id('its child'));
select is(claim_one(), 'hurried', 'it streams from its second turn on');
select answer(reply_tool_uses(task_for('worker', 'toolu_3')), 'hurried');
select child_of('toolu_3', 'its child');
select is(claim_one(), 'its child');

select * from finish();
rollback;
