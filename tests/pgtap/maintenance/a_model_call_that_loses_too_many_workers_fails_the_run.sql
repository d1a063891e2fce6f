begin;
select plan(3);

select given_instance();
select agentpg.configure('{"max_rescue_attempts": 2, "instance_ttl": "1 day"}');
select given_run('first');
select given_run('second');
select claim_one(), advance('1 minute'), maintain();
select claim_one(), advance('1 minute'), maintain();
select is(state_of('first'), 'pending');
select claim_one(), advance('1 minute'), maintain();
select is((select row(r.state, r.error_type, r.error_message)::text from agentpg.get_run(run_id('first')) r), '(failed,rescue_failed,"3 workers were lost during one model call")');
select is(claim_one(), 'second', 'and its session goes on');

select * from finish();
rollback;
