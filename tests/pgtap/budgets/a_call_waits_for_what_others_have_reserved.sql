begin;
select plan(8);

select given_instance();
select given_session('one', '{"tenant_id": "acme"}');
select given_session('two', '{"tenant_id": "acme"}');
select given_session('three', '{"tenant_id": "other"}');
select agentpg.set_budget(tenant_id => 'acme', max_tokens => 4500);
select given_run('first', session => 'one');
select given_run('second', session => 'two');
select given_run('third', session => 'three');
select is(claim_one(), 'first');
select is(claim_one(), 'third', 'the second one waits; another tenant does not');
select is(state_of('second'), 'pending');
select is((select reason from agentpg.why_waiting(run_id('second'))), 'budget');
select answer(reply_text(), 'first');
select advance('2 seconds');
select is(claim_one(), 'second', 'the first used little of what it had reserved');
select answer(reply_blocks('[{"type": "text", "text": "much"}]', 'end_turn', '{"input_tokens": 4000, "output_tokens": 460}'), 'second');

select given_run('fourth', session => 'two');
select is(claim_one(), null);
select is((select state::text || ' ' || stop_reason from agentpg.runs where id = run_id('fourth')), 'awaiting_input tenant_max_tokens');
select agentpg.set_budget(tenant_id => 'acme');
select is_empty('select * from agentpg.budget_usage', 'without limits the budget is gone');

select * from finish();
rollback;
