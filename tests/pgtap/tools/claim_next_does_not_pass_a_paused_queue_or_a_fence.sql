begin;
select plan(4);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
select agentpg._pause_queue(q.id, agentpg.now() + '1 hour', 'overloaded') from agentpg.queues q;
select is(finish_tool('toolu_1', claim_next => true), null, 'the result is recorded all the same');
select is(state_of(), 'pending');
update agentpg.queues set paused_until = null, pause_reason = null, spread_until = null, next_claim_at = null;
select claim_one();
select answer(reply_tool_use('toolu_2', 'lookup'));
update agentpg.instances set fenced_at = agentpg.now();
select is(finish_tool('toolu_2', claim_next => true), null);
select is(state_of(), 'pending');

select * from finish();
rollback;
