begin;
select plan(7);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance('{pay,look}');
select given_agent(tools => '{pay,look}');
select given_run(mode => 'batch', options => '{"approval": ["pay"]}');
select gather();
select end_batch();
select take(succeeded('run', reply_tool_uses(tool_use_block('t1', 'pay', '{"amount": 7}'), tool_use_block('t2', 'look'))));
select is(tool_state('t1'), 'awaiting_approval');
select is(tool_state('t2'), 'pending');
select is(claim_tool(), 't2');
select finish_tool('t2');
select is(state_of(), 'pending_tools');
select is(agentpg.approve_tool(tool_execution_id('t1')), true);
select is(claim_tool(), 't1');
select finish_tool('t1');
select is(state_of(), 'pending', 'the run waits for its next batch');

select * from finish();
rollback;
