begin;
select plan(13);

select given_child();
select refused($$ select agentpg.delete_session(session_id()) $$, 'AP260', 'cancel');
select is(
  ids_in_error($$ select agentpg.delete_session(session_id()) $$),
  jsonb_build_object('session_id', session_id(), 'run_id', run_id(), 'state', 'pending_tools'),
  'the run at the top is named'
);
select refused($$ select agentpg.delete_session(session_id(), dry_run => true) $$, 'AP260', 'cancel');

-- Below: a session of one's own making, whose run is at work while nothing is above.
select given_session('above');
select remember('session', 'below', agentpg.create_session(parent_session_id => session_id('above')));
select given_run('deep', session => 'below');
select is(
  ids_in_error($$ select agentpg.delete_session(session_id('above')) $$),
  jsonb_build_object('session_id', session_id('below'), 'run_id', run_id('deep'), 'state', 'pending'),
  'or one below'
);
select agentpg.cancel_run(run_id('deep'));
select is(agentpg.delete_session(session_id('above')) ->> 'sessions', '2', 'once it is cancelled it goes');

-- The session of a delegate is part of the run above it.
select agentpg.cancel_run(run_id());
select remember('session', 'delegate', (select session_id from agentpg.runs where id = run_id('child')));
select refused($$ select agentpg.delete_session(session_id('delegate')) $$, 'AP262', 'delete session');
select is(
  ids_in_error($$ select agentpg.delete_session(session_id('delegate')) $$),
  jsonb_build_object('session_id', session_id('delegate'), 'parent_session_id', session_id(), 'parent_run_id', run_id())
);
select is(agentpg.delete_session(session_id()) ->> 'runs', '2', 'with the session above it, it goes');

-- A child of one's own making goes alone.
select given_session('above');
select remember('session', 'below', agentpg.create_session(parent_session_id => session_id('above')));
select is(agentpg.delete_session(session_id('below')) ->> 'sessions', '1');
select is((select count(*) from agentpg.sessions where id = session_id('above')), 1::bigint);

-- A run that waits for input has answered; nobody works on it.
select given_run('waiting', session => 'asks', agent => 'worker');
select claim_one();
select answer(reply_text('Half', 'max_tokens'), 'waiting');
select is(state_of('waiting'), 'awaiting_input');
select is(agentpg.delete_session(session_id('asks')) ->> 'runs', '1');
select all_is_well();

select * from finish();
rollback;
