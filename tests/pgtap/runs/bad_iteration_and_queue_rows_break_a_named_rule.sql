begin;
select plan(18);

select given_instance();
select given_run();
select claim_one();
select agentpg.record_failure(iteration_id(), run_lease(), '{"status": 529}', interval '0');
select advance('1 second');
select claim_one();
select answer(reply_text());
select breaks('agentpg.iterations', '{}', 'iterations_pk');
select breaks('agentpg.iterations', jsonb_build_object('id', agentpg._uuid_v7()), 'iterations_pk');
select breaks('agentpg.iterations', '{"number": 0}', 'iterations_number_in_range');
select breaks('agentpg.iterations', '{"number": 65536}', 'iterations_number_in_range');
select breaks('agentpg.iterations', '{"trigger_type": "whim"}', 'iterations_trigger_known');
select breaks('agentpg.iterations', '{"input_tokens": -1}', 'iterations_tokens_not_negative');
select breaks('agentpg.iterations', jsonb_build_object('id', agentpg._uuid_v7(), 'run_id', agentpg._uuid_v7()), 'iterations_run_fk');
select every_rule_was_broken('agentpg.iterations');

select breaks('agentpg.failed_attempts', '{}', 'failed_attempts_pk');
select breaks('agentpg.failed_attempts', '{"kind": "whim"}', 'failed_attempts_kind_known');
select breaks('agentpg.failed_attempts', jsonb_build_object('id', 999, 'run_id', agentpg._uuid_v7()), 'failed_attempts_run_fk');
select every_rule_was_broken('agentpg.failed_attempts');

delete from agentpg.queues where run_mode = 'batch';
select breaks('agentpg.queues', '{}', 'queues_pk');
select breaks('agentpg.queues', '{"id": 999}', 'queues_mode_model_unique');
select breaks('agentpg.queues', '{"pause_reason": null}', 'queues_pause_is_whole');
select breaks('agentpg.queues', '{"paused_until": "2030-01-02", "pause_reason": "busy", "spread_until": "2030-01-01", "next_claim_at": "2030-01-02"}',
  'queues_spread_follows_pause');
select breaks('agentpg.queues', '{"parked_reason": "no credit"}', 'queues_parking_has_a_reason');
select every_rule_was_broken('agentpg.queues');

select * from finish();
rollback;
