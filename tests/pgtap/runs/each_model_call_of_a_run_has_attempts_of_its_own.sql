begin;
select plan(2);

select given_instance('{lookup}');
select agentpg.configure('{"max_model_attempts": 2}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select agentpg.record_failure(iteration_id(), run_lease(), '{"status": 529}', interval '0');
select advance('1 minute'), claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
select is(finish_tool('toolu_1', claim_next => true), 'run');
select is((select f.state from agentpg.record_failure(iteration_id(), run_lease(), '{"status": 529}') f), 'pending');

select * from finish();
rollback;
