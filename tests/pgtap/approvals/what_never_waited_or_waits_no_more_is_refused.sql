begin;
select plan(14);

select given_instance('{pay,look}');
select given_agent(tools => '{pay,look}');
create function pg_temp.ask(run text) returns void language plpgsql as $$
begin
  perform given_run(run, session => run, options => '{"approval": ["pay"]}'), claim_one();
  perform answer(reply_tool_uses(tool_use_block(run || '1', 'pay'), tool_use_block(run || '2', 'look')), run);
end
$$;
select pg_temp.ask('a');
select refused(format('select agentpg.%s(%L)', f.name, agentpg._uuid_v7()), 'AP005') from unnest('{approve_tool,reject_tool}'::text[]) as f(name);
select refused(format('select agentpg.%s(null)', f.name), 'AP005') from unnest('{approve_tool,reject_tool}'::text[]) as f(name);
select refused(format('select agentpg.%s(%L)', f.name, tool_execution_id('a2')), 'AP230') from unnest('{approve_tool,reject_tool}'::text[]) as f(name);
select refused(format('select agentpg.approve_tool(%L, input_hash => %L)', tool_execution_id('a1'), repeat('0', 64)), 'AP232');
select is(tool_state('a1'), 'awaiting_approval');

select agentpg.cancel_run(run_id('a'));
select is(tool_state('a1'), 'skipped', 'the cancel answers what waits');
select refused(format('select agentpg.%s(%L)', f.name, tool_execution_id('a1')), 'AP202') from unnest('{approve_tool,reject_tool}'::text[]) as f(name);
select is((select count(*) from agentpg.list_approvals()), 0::bigint);

select pg_temp.ask('b');
select agentpg._finalize_run(r, 'failed', null, 'x', 'y') from agentpg.runs r where r.id = run_id('b');
select refused(format('select agentpg.approve_tool(%L)', tool_execution_id('b1')), 'AP201');

select pg_temp.ask('c');
select agentpg.approve_tool(tool_execution_id('c1'));
select refused(format('select agentpg.reject_tool(%L)', tool_execution_id('c1')), 'AP231');

select * from finish();
rollback;
