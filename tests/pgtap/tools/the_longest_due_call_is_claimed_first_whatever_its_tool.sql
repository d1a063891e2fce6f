begin;
select plan(4);

select freeze('2026-11-22 12:00Z');
select given_instance('{lookup,search,sum}');
select given_agent(tools => '{lookup,search,sum}');
select given_run();
select claim_one();
select answer(reply_tool_uses(tool_use_block('t1', 'sum'), tool_use_block('t2', 'lookup'), tool_use_block('t3', 'search'), tool_use_block('t4', 'sum')), claim_tools => false);
update agentpg.tool_executions e set available_at = agentpg.now() - make_interval(secs => e.block_index + 1) where e.block_index < 3;
select is(claim_tool(), 't3');
select is(claim_tool(), 't2');
select is(claim_tool(), 't1');
select is(claim_tool(), 't4');

select * from finish();
rollback;
