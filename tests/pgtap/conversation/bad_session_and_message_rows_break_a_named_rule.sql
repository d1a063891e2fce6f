begin;
select plan(12);

select given_run();
select breaks('agentpg.sessions', '{}', 'sessions_pk');
select breaks('agentpg.sessions', '{"depth": 1}', 'sessions_depth_matches_parent');
select breaks('agentpg.sessions', jsonb_build_object('parent_session_id', session_id(), 'depth', 1), 'sessions_not_own_parent');
select breaks('agentpg.sessions',
  jsonb_build_object('id', agentpg._uuid_v7(), 'parent_session_id', agentpg._uuid_v7(), 'depth', 1), 'sessions_parent_fk');
select breaks('agentpg.sessions', '{"metadata": null}', '');
select breaks('agentpg.sessions', '{"metadata": "x"}', 'sessions_metadata_is_object');

select breaks('agentpg.messages', '{}', 'messages_pk');
select breaks('agentpg.messages', '{"seq": 0}', 'messages_seq_positive');
select breaks('agentpg.messages', '{"content": []}', 'messages_content_is_blocks');
select breaks('agentpg.messages', '{"content": {"type": "text"}}', 'messages_content_is_blocks');
select breaks('agentpg.messages', jsonb_build_object('session_id', agentpg._uuid_v7()), 'messages_session_fk');
select every_rule_was_broken('agentpg.messages');

select * from finish();
rollback;
