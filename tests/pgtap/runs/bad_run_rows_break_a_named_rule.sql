begin;
select plan(27);

select given_run();
set constraints all immediate;
alter table agentpg.runs disable trigger user;
select breaks('agentpg.runs', '{}', 'runs_pk');
select breaks('agentpg.runs',
  jsonb_build_object('id', agentpg._uuid_v7(), 'iteration_id', agentpg._uuid_v7()), 'runs_one_active_per_session');
select breaks('agentpg.runs',
  jsonb_build_object('id', agentpg._uuid_v7(), 'iteration_id', agentpg._uuid_v7(), 'session_id', agentpg._uuid_v7()), 'runs_input_fk');
select breaks('agentpg.runs', '{"finalized_at": "2030-01-01"}', 'runs_finalized_iff_terminal');
select breaks('agentpg.runs', '{"state": "completed"}', 'runs_finalized_iff_terminal');
select breaks('agentpg.runs', '{"state": "streaming"}', 'runs_lease_iff_held');
select breaks('agentpg.runs', jsonb_build_object('lease_token', agentpg._uuid_v7(), 'claimed_by', agentpg._uuid_v7(),
  'lease_expires_at', agentpg.now(), 'claimed_at', agentpg.now()), 'runs_lease_iff_held');
select breaks('agentpg.runs', jsonb_build_object('claimed_by', agentpg._uuid_v7()), 'runs_lease_is_whole');
select breaks('agentpg.runs', jsonb_build_object('state', 'streaming', 'lease_token', agentpg._uuid_v7()), 'runs_lease_is_whole');
select breaks('agentpg.runs', '{"watch_at": "2030-01-01"}', 'runs_watched_while_held');
select breaks('agentpg.runs', jsonb_build_object('state', 'streaming', 'lease_token', agentpg._uuid_v7(), 'claimed_by', agentpg._uuid_v7(),
  'lease_expires_at', agentpg.now(), 'claimed_at', agentpg.now()), 'runs_watched_while_held');
select breaks('agentpg.runs', jsonb_build_object('state', 'streaming', 'lease_token', agentpg._uuid_v7(), 'claimed_by', agentpg._uuid_v7(),
  'lease_expires_at', agentpg.now(), 'claimed_at', agentpg.now(), 'watch_at', '2100-01-01'), 'runs_watched_while_held');
select breaks('agentpg.runs', '{"batch_ordinal": 1}', 'runs_batch_is_whole');
select breaks('agentpg.runs', '{"state": "batch_pending"}', 'runs_batch_is_whole');
select breaks('agentpg.runs', '{"open_tools": 1}', 'runs_open_tools_iff_pending_tools');
select breaks('agentpg.runs', '{"state": "pending_tools"}', 'runs_open_tools_iff_pending_tools');
select breaks('agentpg.runs', '{"open_tools": -1}', 'runs_open_tools_not_negative');
select breaks('agentpg.runs', '{"state": "awaiting_input", "blocked": true}', 'runs_blocked_only_while_pending');
select breaks('agentpg.runs', '{"state": "failed", "finalized_at": "2030-01-01"}', 'runs_failed_has_an_error');
select breaks('agentpg.runs', '{"imported": true}', 'runs_imported_is_over');
select breaks('agentpg.runs', '{"priority": 11}', 'runs_priority_range');
select breaks('agentpg.runs', '{"attempt": -1}', 'runs_counters_not_negative');
select breaks('agentpg.runs', '{"iteration_number": 65536}', 'runs_counters_not_negative');
select breaks('agentpg.runs', '{"context_tokens": -1}', 'runs_context_tokens_not_negative');
select throws_ok('update agentpg.runs set queue_id = 999999', '23503', null, 'runs_queue_fk');
select throws_ok('update agentpg.runs set prefix_id = id', '23503', null, 'runs_prefix_fk');
insert into broken values ('agentpg.runs', 'runs_queue_fk'), ('agentpg.runs', 'runs_prefix_fk');
select every_rule_was_broken('agentpg.runs');

select * from finish();
rollback;
