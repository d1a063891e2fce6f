begin;
select plan(8);

select given_instance();
select given_run(options => '{"max_tokens": 600}');
select is(claim_one(), 'run');
select cmp_ok((request_of() ->> 'max_tokens')::integer, '<=', 600);
select answer(reply_blocks('[{"type": "text", "text": "a"}]', 'max_tokens', '{"input_tokens": 30, "output_tokens": 540}'));
select is(state_of(), 'awaiting_input');
select agentpg._raise_limits(r, '{"max_tokens": 9000}') from agentpg.runs r;
select results_eq('select max_tokens, used_tokens from agentpg.budget_usage', 'values (9000::bigint, 570::bigint)', 'the new limit counts from the start of the run');

select agentpg.configure('{"batch_max_wait": "0"}');
select given_session('in batch');
select given_run('batched', session => 'in batch', mode => 'batch', options => '{"max_tokens": 3000}');
create temp table asked as select * from agentpg.claim_batch(instance_id());
select cmp_ok((select (params ->> 'max_tokens')::integer from asked), '<', 3000);
select cmp_ok((select reserved_tokens from agentpg.budget_usage where run_id = run_id('batched')), '<=', 3000::bigint);
select is((select count(*) from asked), 1::bigint);
select agentpg.cancel_run(run_id('batched'));
select is((select reserved_tokens from agentpg.budget_usage where run_id = run_id('batched')), 0::bigint);

select * from finish();
rollback;
