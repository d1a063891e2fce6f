begin;
select plan(8);

select given_instance('{lookup,search}');
select given_instance('{sum}', 'adder');
select given_agent(tools => '{lookup,search,sum}');
select freeze('2026-11-22 12:00Z');
select given_run('r1', session => 's1');
select claim_one(), answer(reply_tool_uses(tool_use_block('t1', 'search'), tool_use_block('t2', 'sum')), 'r1', claim_tools => false);
select advance('1 second');
select given_run('r2', session => 's2');
select claim_one(), answer(reply_tool_uses(tool_use_block('t3', 'lookup'), tool_use_block('t4', 'search')), 'r2', claim_tools => false);
select is(claim_tool('adder'), 't2');
select is(claim_tool('adder'), null);
select is(
  (select array_agg(c.tool_use_id) from agentpg.claim_tool_executions(instance_id(), 10, run_ids => array[run_id('r2')]) c), '{t3,t4}', 'those of the given runs'
);
select is((select count(*)::integer from agentpg.claim_tool_executions(instance_id(), 10, run_ids => array[run_id('r2')])), 0, 'none twice');
select is(claim_tool(), 't1');
select refused(format('select agentpg.claim_tool_executions(%L, %s)', instance_id(), n.n), 'AP108', '') from unnest('{0,-1,10001}'::integer[]) as n(n);

select * from finish();
rollback;
