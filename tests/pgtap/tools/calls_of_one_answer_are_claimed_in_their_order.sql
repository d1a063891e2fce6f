begin;
select plan(6);

select freeze('2026-11-22 12:00Z');
select given_instance('{lookup,sum}');
select given_agent(tools => '{lookup,sum}');
select given_run();
select claim_one();
select answer(reply_tool_uses(
  tool_use_block('t1', 'lookup'), tool_use_block('t2', 'lookup'), tool_use_block('t3', 'sum'),
  tool_use_block('t4', 'lookup'), tool_use_block('t5', 'lookup'), tool_use_block('t6', 'sum')
), claim_tools => false);

select is(claim_tool(), 't1');
select is(claim_tool(), 't2');
select is(claim_tool(), 't3', 'also among several tools');
select is(claim_tool(), 't4');
select is(claim_tool(), 't5');
select is(claim_tool(), 't6');

select * from finish();
rollback;
