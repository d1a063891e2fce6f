begin;
select plan(19);

-- A fork of a conversation with a tool, a delegate, an approval, a failed attempt, and a turn made anew.
select given_instance('{look}');
select given_agent('worker', '{look}');
select given_manager(tools => '{look}');
select given_run('first', session => 'origin', agent => 'manager', options => '{"approval": ["look"]}');
select claim_one();
select answer(reply_tool_uses(tool_use_block('toolu_1', 'look', '{"at": "sky"}'), task_for('worker', 'toolu_2')), 'first');
select agentpg.approve_tool(tool_execution_id('toolu_1'), decided_by => 'me', input => '{"at": "sea"}');
select claim_tool();
select finish_tool('toolu_1', '"Blue."');
select child_of('toolu_2');
select claim_one();
select agentpg.record_failure(iteration_id('child'), run_lease('child'), '{"type": "api_error", "status": 500}');
select advance('5 minutes');
select claim_one();
select answer(reply_blocks('[{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}, {"type": "text", "text": "Deep."}]'), 'child');
select claim_one();
select answer(reply_text('Blue and deep.'), 'first');
select remember('session', 'session', agentpg.fork_session(session_id('origin')));
select given_run('again', agent => 'worker', prompt => 'And?');
select claim_one();
select answer(reply_text('No.'), 'again');
select remember('run', 'better', agentpg.regenerate_run(run_id('again')));
select claim_one();
select answer(reply_text('Yes.'), 'better');

create temp table document as select agentpg.export_session(session_id()) as d, agentpg.export_session(session_id('origin')) as o;
select is((select d ->> 'format' from document), 'agentpg.session');
select is((select jsonb_array_length(d #> '{sessions,0,messages}') from document), 9, 'what a fork inherited is its own in the document');
select is((select jsonb_array_length(d #> '{sessions,0,runs}') from document), 2, 'with its own runs');
select is((select jsonb_array_length(o -> 'sessions') from document), 2, 'a delegate''s session is below that of its run');

select remember('session', 'copy', agentpg.import_session((select d from document)));
select remember('session', 'copied origin', agentpg.import_session((select o from document)));
select isnt(session_id('copy'), session_id());
select results_eq(
  $$ select seq, role, content from agentpg.session_messages(session_id('copy'), superseded => true) $$,
  $$ select seq, role, content from agentpg.session_messages(session_id(), superseded => true) $$, 'each message is the same'
);
select is(
  agentpg._request_messages(session_id('copy'), 'claude-sonnet-4-5')::text, agentpg._request_messages(session_id(), 'claude-sonnet-4-5')::text,
  'what the model is shown is the same, byte for byte'
);
select all_is_well();

-- The next turn of each.
select given_run('next', agent => 'manager', prompt => 'Go on.');
select given_run('next of copy', session => 'copy', agent => 'manager', prompt => 'Go on.');
select is(claim_one(), 'next');
select is(claim_one(), 'next of copy');
select is(request_of('next of copy')::text, request_of('next')::text, 'the next request is the same, byte for byte');
select answer(reply_text('On.'), 'next of copy');
select is(state_of('next of copy'), 'completed');

-- Runs read as they did.
create function pg_temp.told(session text) returns setof text language sql as $$
  select concat_ws(' ', d.turn, d.agent_name, d.state, d.stop_reason, d.prompt, d.response_text, d.cost_usd, d.input_tokens, d.iteration_count, d.created_at, d.depth)
  from agentpg.run_details d
  join agentpg.sessions s on s.id = d.session_id
  where session_id(session) in (s.id, s.parent_session_id)
  order by d.created_at, d.turn
$$;
select results_eq($$ select pg_temp.told('copied origin') $$, $$ select pg_temp.told('origin') $$, 'runs, answers and costs');
select results_eq(
  $$ select c.name, c.input, c.output, c.state, c.is_error, c.is_agent_tool, c.child_run_id is not null
     from agentpg.runs r cross join lateral agentpg.run_tool_calls(r.id) c where r.session_id = session_id('copied origin') $$,
  $$ select c.name, c.input, c.output, c.state, c.is_error, c.is_agent_tool, c.child_run_id is not null from agentpg.run_tool_calls(run_id('first')) c $$,
  'tool calls'
);
select is(
  (select count(*) from agentpg.runs r cross join lateral agentpg.run_tree(r.id) t where r.session_id = session_id('copied origin')), 2::bigint,
  'the tree of a run'
);
select results_eq(
  $$ select t.event, t.detail from agentpg.runs r cross join lateral agentpg.run_timeline(r.id) t where r.session_id = session_id('copied origin') order by t.at, t.event $$,
  $$ select t.event, t.detail from agentpg.run_timeline(run_id('first')) t order by t.at, t.event $$, 'and its timeline'
);
select is((select decided_by || ' ' || edited_input::text from agentpg.tool_approvals a
  join agentpg.tool_executions e on e.id = a.tool_execution_id join agentpg.runs r on r.id = e.run_id where r.session_id = session_id('copied origin')),
  'me {"at": "sea"}', 'who approved what');
select is(agentpg.delete_session(session_id('copied origin')) ->> 'runs', '2', 'it is deleted like any other');
select all_is_well();

select * from finish();
rollback;
