begin;
select plan(9);

select given_instance();
select given_session('one', '{"tenant_id": "acme"}');
select given_session('two', '{"tenant_id": "acme"}');
select agentpg.set_budget(tenant_id => 'acme', max_tokens => 4500);
select given_run('first', session => 'one');
select given_run('second', session => 'two');
select is(claim_one(), 'first');
select is(claim_one(), null, 'the second one waits');
select is((agentpg.set_budget(tenant_id => 'acme')).id, null);
select is_empty('select * from agentpg.budget_entries', 'with the budget goes what is not added up yet');
select advance('2 seconds');
select is(claim_one(), 'second', 'nothing limits it any more');
select answer(reply_text(), 'first');
select answer(reply_text(), 'second');
select is(state_of('first') || ' ' || state_of('second'), 'completed completed');
select is_empty('select * from agentpg.budget_entries', 'nothing is written for a budget that nobody will ever look at');
select is_empty('select * from agentpg.reservations');

select agentpg.set_budget(tenant_id => 'acme', max_tokens => 4500);
select given_run('third', session => 'two');
select is(claim_one(), 'third', 'a new budget counts from its start');

select * from finish();
rollback;
