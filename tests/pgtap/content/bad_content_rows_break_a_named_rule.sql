begin;
select plan(8);

select given_agent();
select given_session();
select agentpg.create_run(session_id => session_id(), agent_id => agent_id(), content => jsonb_build_array(image_block('cat')));
select breaks('agentpg.large_contents', '{}', 'large_contents_pk');
select breaks('agentpg.large_contents', jsonb_build_object('id', gen_random_uuid()), 'large_contents_once');
select breaks('agentpg.large_contents', jsonb_build_object('id', gen_random_uuid(), 'sha256', '\x00'), 'large_contents_sha256_length');
select every_rule_was_broken('agentpg.large_contents');
select breaks('agentpg.content_uses', '{}', 'content_uses_pk');
select breaks('agentpg.content_uses', jsonb_build_object('content_id', gen_random_uuid()), 'content_uses_content_fk');
select breaks('agentpg.content_uses', jsonb_build_object('session_id', gen_random_uuid()), 'content_uses_session_fk');
select every_rule_was_broken('agentpg.content_uses');

select * from finish();
rollback;
