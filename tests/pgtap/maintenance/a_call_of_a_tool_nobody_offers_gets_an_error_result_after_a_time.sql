begin;
select plan(6);

select given_instance();
select agentpg.configure('{"instance_ttl": "1 day"}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
select advance('9 minutes');
select is(agentpg.run_maintenance() -> 'unserved_tools', '0');
select is((select w.reason from agentpg.why_waiting(run_id()) w), 'tool_not_offered');
select advance('2 minutes');
select is(agentpg.run_maintenance() -> 'unserved_tools', '1');
select is((select row(t.state, t.output)::text from agentpg.run_tool_calls(run_id()) t), '(failed,"The tool lookup is not available: no worker offers it.")');
select is(claim_one(), 'run', 'the run goes on');
select answer(reply_tool_use('toolu_2', 'lookup'));
select given_instance('{lookup}', 'late');
select advance('1 hour');
select is(agentpg.run_maintenance() -> 'unserved_tools', '0', 'one that is offered only waits');

select * from finish();
rollback;
