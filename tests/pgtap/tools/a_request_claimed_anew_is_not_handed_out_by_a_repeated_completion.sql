begin;
select plan(4);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one(), answer(reply_tool_use('toolu_1', 'lookup'));
update agentpg.queues set parked_at = agentpg.now(), parked_reason = 'billing_error' where run_mode = 'streaming';
select is(finish_tool('toolu_1', claim_next => true), null);
select agentpg.resume_parked();
select is(claim_one(), 'run', 'the same worker claims it by itself');
create temporary table before as select everything() as all_rows;
select is(finish_tool('toolu_1', claim_next => true), null, 'the completion that is said again hands out nothing');
select is(everything(), (select b.all_rows from before b));

select * from finish();
rollback;
