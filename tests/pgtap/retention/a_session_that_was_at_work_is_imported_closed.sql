begin;
select plan(13);

select given_instance('{look}');
select given_agent('worker', '{look}');
select given_manager(tools => '{look}');
select given_run(agent => 'manager', prompt => 'Look.', variables => '{"password": "hunter2"}');
select given_run('queued', agent => 'manager');
select claim_one();
select answer(reply_tool_uses(tool_use_block('toolu_1', 'look'), task_for('worker', 'toolu_2')));
select child_of('toolu_2');
select finish_tool('toolu_1', '"Blue."');
create temp table document as select agentpg.export_session(session_id()) as d;
select is((select d #>> '{sessions,0,runs,0,state}' from document), 'pending_tools', 'the document says what was');
select is((select d::text like '%hunter2%' from document), false, 'variables may hold what tools alone should know');

select remember('session', 'copy', agentpg.import_session((select d from document)));
select results_eq(
  $$ select r.state::text, r.error_type, r.error_message from agentpg.runs r join agentpg.run_inputs i on i.run_id = r.id
     where r.session_id = session_id('copy') order by i.turn $$,
  $$ values ('cancelled', 'imported', 'it was pending_tools when it was exported'), ('cancelled', 'imported', 'it was pending when it was exported') $$
);
select is((select count(*) from agentpg.runs r where r.imported and r.finalized_at is null), 0::bigint);
select results_eq(
  $$ select c.name, c.state, c.output from agentpg.runs r cross join lateral agentpg.run_tool_calls(r.id) c where r.session_id = session_id('copy') $$,
  $$ values ('look', 'completed'::agentpg.tool_execution_state, 'Blue.'), ('worker', 'skipped', 'Not finished: the run was exported before.') $$,
  'open calls are answered'
);
select all_is_well();
select given_run('next', session => 'copy', agent => 'manager', prompt => 'Well?');
select is(claim_one('executor'), 'child', 'the original goes on where it was');
select is(claim_one(), 'next', 'and the copy goes on');
select is(
  (select array_agg(b ->> 'type') from jsonb_array_elements(request_of('next') -> 'messages' -> 2 -> 'content') b), '{tool_result,tool_result,text}',
  'with a transcript that the API takes'
);

-- One that waits for input has answered.
select given_run('waits', session => 'waiting', agent => 'worker');
select claim_one();
select answer(reply_text('Half', 'max_tokens'), 'waits');
select remember('session', 'copy of waiting', agentpg.import_session(agentpg.export_session(session_id('waiting'))));
select is((select r.state::text || ' ' || r.stop_reason from agentpg.runs r where r.session_id = session_id('copy of waiting')), 'completed max_tokens');
select is((select agentpg.export_session(session_id('copy of waiting')) #>> '{sessions,0,runs,0,options}'), '{}');
select refused($$ select agentpg.export_session(agentpg._uuid_v7()) $$, 'AP002', 'list_sessions');
select all_is_well();

select * from finish();
rollback;
