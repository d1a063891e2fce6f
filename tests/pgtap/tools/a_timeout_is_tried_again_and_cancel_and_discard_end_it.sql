begin;
select plan(10);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_uses(tool_use_block('timeout', 'lookup'), tool_use_block('cancel', 'lookup'), tool_use_block('discard', 'lookup')));
select agentpg.fail_tool(tool_execution_id(o.name), tool_lease(o.name), 'because', o.name) from unnest('{timeout,cancel,discard}'::text[]) as o(name);
select is(tool_state('timeout'), 'pending');
select is(tool_state('cancel'), 'failed');
select is(tool_state('discard'), 'failed');
select is((select array_agg(distinct t.output) from agentpg.run_tool_calls(run_id()) t where t.state = 'failed'), '{because}');
select is((select array_agg(f.error_type order by f.id) from agentpg.failed_attempts f), '{timeout,cancel,discard}');
select claim_tool();
create temporary table before as select everything() as all_rows;
select refused(format('select * from agentpg.fail_tool(%L, %L, ''x'', %L)', tool_execution_id('timeout'), tool_lease('timeout'), o.outcome), 'AP100', 'retry, timeout, cancel or discard')
from (values ('explode'), (null), ('')) as o(outcome);
select is(everything(), (select b.all_rows from before b), 'nothing was written');
select agentpg.fail_tool(tool_execution_id('timeout'), tool_lease('timeout'), null, 'discard');
select is((select t.output from agentpg.run_tool_calls(run_id()) t where t.tool_use_id = 'timeout'), 'The tool failed without a message.', 'an error always says something');

select * from finish();
rollback;
