begin;
select plan(27);

select given_instance();
select given_turn('a', 'A?', 'A.'), given_turn('b', 'B?', 'B.');
select given_fork('fork');
select given_regenerated('b2', 'b');
select claim_one(), answer(reply_text('Half', 'max_tokens'), 'b2');
select agentpg.continue_run(run_id('b2'));

select breaks('agentpg.sessions', jsonb_build_object('id', agentpg._uuid_v7(), 'forked_from_session_id', null, 'forked_at_seq', 1), 'sessions_fork_is_whole');
select breaks('agentpg.sessions',
  jsonb_build_object('id', agentpg._uuid_v7(), 'forked_from_session_id', session_id(), 'forked_at_seq', -1), 'sessions_fork_point_not_negative');
select breaks('agentpg.sessions',
  jsonb_build_object('id', agentpg._uuid_v7(), 'forked_from_session_id', agentpg._uuid_v7(), 'forked_at_seq', 1), 'sessions_fork_fk');
select breaks('agentpg.sessions', jsonb_build_object('id', agentpg._uuid_v7(), 'on_busy', 'wait'), 'sessions_on_busy_known');
select breaks('agentpg.sessions', jsonb_build_object('id', agentpg._uuid_v7(), 'superseded_seqs', '{}'), 'sessions_superseded_is_something');

select breaks('agentpg.session_origins', '{}', 'session_origins_pk');
select breaks('agentpg.session_origins', jsonb_build_object('session_id', agentpg._uuid_v7()), 'session_origins_session_fk');
select breaks('agentpg.session_origins', jsonb_build_object('first_seq', 2, 'origin_session_id', agentpg._uuid_v7()), 'session_origins_origin_fk');
select breaks('agentpg.session_origins', jsonb_build_object('first_seq', 2, 'origin_session_id', session_id('fork')), 'session_origins_other_session');
select breaks('agentpg.session_origins', '{"first_seq": 0}', 'session_origins_some_messages');
select breaks('agentpg.session_origins', '{"first_seq": 3, "last_seq": 2}', 'session_origins_some_messages');
select every_rule_was_broken('agentpg.session_origins');
select refused('update agentpg.session_origins set last_seq = last_seq + 1', 'AP200', '');

select breaks('agentpg.run_continuations', '{}', 'run_continuations_pk');
select breaks('agentpg.run_continuations', jsonb_build_object('run_id', agentpg._uuid_v7()), 'run_continuations_run_fk');
select breaks('agentpg.run_continuations', '{"number": 0}', 'run_continuations_number_positive');
select breaks('agentpg.run_continuations', '{"number": 2, "first_iteration": 0}', 'run_continuations_iteration_positive');
select breaks('agentpg.run_continuations', '{"number": 2, "options": []}', 'run_continuations_options_is_object');
select every_rule_was_broken('agentpg.run_continuations');
select refused('update agentpg.run_continuations set number = 7', 'AP200', '');

select breaks('agentpg.regenerations', '{}', 'regenerations_pk');
select breaks('agentpg.regenerations', jsonb_build_object('run_id', agentpg._uuid_v7(), 'supersedes', false), 'regenerations_run_fk');
select breaks('agentpg.regenerations', jsonb_build_object('run_id', run_id('a'), 'of_run_id', agentpg._uuid_v7()), 'regenerations_of_run_fk');
select breaks('agentpg.regenerations', jsonb_build_object('run_id', run_id('b'), 'supersedes', false), 'regenerations_another_run');
select breaks('agentpg.regenerations', jsonb_build_object('run_id', run_id('a')), 'regenerations_superseded_once');
select every_rule_was_broken('agentpg.regenerations');
select refused('update agentpg.regenerations set supersedes = false', 'AP200', '');

select * from finish();
rollback;
