begin;
select plan(8);

select given_instance();
select given_run();
select claim_one();
select agentpg.cancel_run(run_id());
select is(agentpg.record_abandoned(iteration_id(), run_lease(), '{"input_tokens": 100, "output_tokens": 7}', 'req_1'), true);
select is(agentpg.record_abandoned(iteration_id(), run_lease(), '{"input_tokens": 100, "output_tokens": 7}', 'req_1'), true, 'again is harmless');
select is((select row(r.state, r.input_tokens, r.output_tokens, r.iteration_count)::text from agentpg.get_run(run_id()) r), '(cancelled,100,7,1)');
select is(agentpg.record_abandoned(iteration_id(), agentpg._uuid_v7(), '{"input_tokens": 1}'), false, 'a token that held nothing counts nothing');
select is(agentpg.record_abandoned(agentpg._uuid_v7(), run_lease(), '{"input_tokens": 1}'), false);
select refused(format('select agentpg.record_abandoned(%L, %L, null)', iteration_id(), run_lease()), 'AP100');
select given_run('done', session => 'other'), claim_one(), answer(reply_text(), 'done');
select is(agentpg.record_abandoned(iteration_id('done'), run_lease('done'), '{"input_tokens": 1}'), false, 'an answered call was not abandoned');
select is((select count(*)::integer from agentpg.iterations), 2);

select * from finish();
rollback;
