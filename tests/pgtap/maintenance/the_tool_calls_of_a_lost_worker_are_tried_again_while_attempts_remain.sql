begin;
select plan(7);

select given_instance('{lookup}');
select agentpg.configure('{"instance_ttl": "1 day"}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
select advance('21 seconds');
select is(maintain() -> 'rescued_tools', '1');
select is((select row(t.state, t.attempt, t.last_error)::text from agentpg.tool_calls t), '(pending,1,"its worker was lost")');
select is(claim_tool(), 'toolu_1');
select advance('21 seconds');
select is(maintain() -> 'rescued_tools', '1');
select is((select row(t.state, t.is_error, t.output)::text from agentpg.run_tool_calls(run_id()) t), '(failed,t,"The tool did not finish: its worker was lost.")', 'never an empty success');
select is(state_of(), 'pending', 'and the run goes on');
select is((select array_agg(f.kind || ' ' || f.attempt order by f.id) from agentpg.failed_attempts f), '{"rescue 1","rescue 2"}');

select * from finish();
rollback;
