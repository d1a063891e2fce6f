begin;
select plan(30);

-- One run calls its delegate again and again; each call ends in another way.
create function pg_temp.next(id text) returns text language plpgsql as $$
begin
  perform agentpg_test.answer(agentpg_test.reply_tool_uses(agentpg_test.task_for('worker', id)));
  perform agentpg_test.child_of(id);
  return agentpg_test.claim_one();
end
$$;
select given_instance();
select given_agent('worker', '{}');
select agentpg.update_agent(agent_id('worker'), '{"config": {"max_iterations": 1}, "tools": []}');
select given_manager();
select given_run(agent => 'manager');
select claim_one();

select is(pg_temp.next('completed'), 'child');
select answer(reply_text(' Found. '), 'child');
select is(results_of('completed'), '{Found.}');
select is(claim_one(), 'run');

select pg_temp.next('refusal');
select answer(reply_text('I', 'refusal'), 'child');
select is(results_of('refusal'), array['error: The agent declined to answer.']);
select is(claim_one(), 'run');

select pg_temp.next('max_tokens');
select answer(reply_text('It began', 'max_tokens'), 'child');
select is(results_of('max_tokens'), array[E'It began\n\n[The agent stopped early: max_tokens.]']);
select is(state_of('child'), 'completed', 'it waits for nobody');
select is(claim_one(), 'run');

select pg_temp.next('empty');
select answer(reply_blocks('[]'), 'child');
select is(results_of('empty'), array['The agent gave no text.']);
select is(claim_one(), 'run');

select pg_temp.next('window');
select answer(reply_blocks('[]', 'model_context_window_exceeded'), 'child');
select is(results_of('window'), array[E'The agent gave no text.\n\n[The agent stopped early: model_context_window_exceeded.]']);
select is(claim_one(), 'run');

select pg_temp.next('max_iterations');
select answer(reply_tool_uses(tool_use_block('toolu_x', 'nothing')), 'child');
select is(results_of('max_iterations'), array[E'The agent gave no text.\n\n[The agent stopped early: max_iterations.]']);
select is(claim_one(), 'run');

select pg_temp.next('failed');
select agentpg.record_failure(iteration_id('child'), run_lease('child'), '{"type": "invalid_request_error", "status": 400, "message": "no such thing"}');
select is(results_of('failed'), array['error: The agent failed: invalid_request_error: no such thing.']);
select is(claim_one(), 'run');

select pg_temp.next('cancelled');
select is(agentpg.cancel_run(run_id('child'), 'enough'), true);
select is(results_of('cancelled'), array['error: The agent was cancelled. enough']);
select is(claim_one(), 'run');

select pg_temp.next('cancelled_plainly');
select agentpg.cancel_run(run_id('child'));
select is(results_of('cancelled_plainly'), array['error: The agent was cancelled.']);
select is(claim_one(), 'run');

-- Workers are lost, one after another.
select agentpg.configure('{"max_rescue_attempts": 1, "instance_ttl": "1 day"}');
select pg_temp.next('rescue_failed');
select advance('1 minute');
select maintain();
select is(claim_one(), 'child', 'once it is saved');
select advance('1 minute');
select maintain();
select is(results_of('rescue_failed'), array['error: The agent failed: rescue_failed: 2 workers were lost during one model call.']);
select is(claim_one(), 'run');

-- The calls of the run itself know how it went.
select is((select array_agg(row(t.name, t.state, t.is_error)::text order by t.started_at) from agentpg.run_tool_calls(run_id()) t where t.state <> 'completed'),
  array['(worker,failed,t)', '(worker,failed,t)', '(worker,failed,t)', '(worker,failed,t)']);
select is((select t.is_error from agentpg.run_tool_calls(run_id()) t where t.tool_use_id = 'refusal'), true);
select is((select count(*) from agentpg.messages m, jsonb_array_elements(m.content) b where m.run_id = run_id() and b ->> 'type' = 'tool_result'),
  (select count(*) from agentpg.run_tool_calls(run_id())), 'one result a call');
select answer(reply_text('Enough.'));
select is(state_of(), 'completed');
select is(claim_one(), null, 'nothing is left');
select all_is_well();

select * from finish();
rollback;
