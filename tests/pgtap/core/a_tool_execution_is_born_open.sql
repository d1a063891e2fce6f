begin;
select plan(4);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
select refused(format(
  'insert into agentpg.tool_executions (run_id, iteration_id, available_at, created_at, deadline_at, message_seq, block_index, max_attempts,
     tool_use_id, tool_name, state)
   select run_id, iteration_id, available_at, created_at, deadline_at, message_seq, 7, max_attempts, tool_use_id, tool_name, %L
   from agentpg.tool_executions', s.state), 'AP200', '')
from unnest('{completed,failed,skipped}'::agentpg.tool_execution_state[]) as s(state);
insert into agentpg.tool_executions (run_id, iteration_id, available_at, created_at, deadline_at, message_seq, block_index, max_attempts,
  tool_use_id, tool_name, state, asked)
select run_id, iteration_id, available_at, created_at, deadline_at, message_seq, 7, max_attempts, 'toolu_2', tool_name, 'awaiting_approval', true
from agentpg.tool_executions;
select is(tool_state('toolu_2'), 'awaiting_approval', 'it may wait for approval from the start');

select * from finish();
rollback;
