begin;
select plan(2);

select given_instance('{lookup}');
select agentpg.configure('{"max_rescue_attempts": 1, "instance_ttl": "1 day"}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one(), advance('1 minute'), maintain();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
select is(finish_tool('toolu_1', claim_next => true), 'run');
select advance('1 minute'), maintain();
select is((select row(r.state, r.rescue_attempts)::text from agentpg.get_run(run_id()) r), '(pending,1)');

select * from finish();
rollback;
