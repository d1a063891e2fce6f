begin;
select plan(10);

-- A tree: a run with a delegate, a tool, an approval, a budget and a failed attempt; another session beside it.
select given_instance('{look}');
select given_agent('worker', '{look}');
select given_run('other', session => 'beside', agent => 'worker');
select claim_one();
select answer(reply_text('Beside.'), 'other');
create temp table beside as select * from agentpg.messages;
select given_manager();
select given_run(agent => 'manager', options => '{"max_tokens": 100000, "approval": true}');
select claim_one();
select answer(reply_tool_uses(task_for('worker')));
select agentpg.approve_tool(tool_execution_id('toolu_1'), decided_by => 'me');
select child_of();
select claim_one();
select agentpg.record_failure(iteration_id('child'), run_lease('child'), '{"type": "api_error", "status": 500}');
select advance('5 minutes');
select claim_one();
select answer(reply_text('Found.'), 'child');
select claim_one();
select answer(reply_text('Done.'));
select agentpg.set_budget(session_id => session_id(), max_tokens => 1000000);
select is(state_of(), 'completed');
insert into agentpg.compactions (session_id, cut_seq, state, cause, strategy, config, summarized_seq, chunk_seq, summary, original_tokens,
  compacted_tokens, messages_removed)
values (session_id(), 2, 'ready', 'manual', 'summarization', '{}', 2, 2, 'They said hello.', 100, 10, 2);
update agentpg.compactions set state = 'applied', closed_at = now();
update agentpg.sessions s set compaction_id = c.id from agentpg.compactions c where c.session_id = s.id;

create temp table told as select agentpg.delete_session(session_id(), dry_run => true) as counts, everything() as hash;
select is(
  (select counts - 'events' from told),
  '{"sessions": 2, "messages": 6, "runs": 2, "iterations": 3, "tool_executions": 1, "compactions": 1, "failed_attempts": 1}',
  'a dry run says what would go'
);
select cmp_ok((select (counts ->> 'events')::integer from told), '>', 0, 'events too');
select is(everything(), (select hash from told), 'and changes nothing');

select is(agentpg.delete_session(session_id()), (select counts from told), 'what was told is what is deleted');
select results_eq('select * from agentpg.messages', 'select * from beside', 'another session is not touched');
select is_empty(
  $$ select 'sessions' from agentpg.sessions where id <> session_id('beside')
     union all select 'runs' from agentpg.runs where id <> run_id('other')
     union all select 'run_inputs' from agentpg.run_inputs where run_id <> run_id('other')
     union all select 'iterations' from agentpg.iterations where run_id <> run_id('other')
     union all select 'tool_executions' from agentpg.tool_executions
     union all select 'tool_approvals' from agentpg.tool_approvals
     union all select 'failed_attempts' from agentpg.failed_attempts
     union all select 'run_streams' from agentpg.run_streams where root_run_id <> run_id('other')
     union all select 'run_events' from agentpg.run_events where root_run_id <> run_id('other')
     union all select 'budgets' from agentpg.budgets
     union all select 'budget_entries' from agentpg.budget_entries
     union all select 'compactions' from agentpg.compactions
     union all select 'reservations' from agentpg.reservations $$,
  'nothing of it is left'
);
select refused($$ select agentpg.delete_session(session_id()) $$, 'AP002', 'list_sessions');
select refused($$ select agentpg.delete_session(null) $$, 'AP002', 'list_sessions');
select all_is_well();

select * from finish();
rollback;
