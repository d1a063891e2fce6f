begin;
select plan(12);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'), claim_tools => false);
alter table agentpg.tool_executions disable trigger user;
select breaks('agentpg.tool_executions', '{}', 'tool_executions_pk');
select breaks('agentpg.tool_executions', jsonb_build_object('id', agentpg._uuid_v7()), 'tool_executions_call_unique');
select breaks('agentpg.tool_executions', '{"state": "completed"}', 'tool_executions_completed_iff_ended');
select breaks('agentpg.tool_executions', '{"completed_at": "2030-01-01", "result_seq": 3}', 'tool_executions_completed_iff_ended');
select breaks('agentpg.tool_executions', '{"state": "failed", "completed_at": "2030-01-01"}', 'tool_executions_result_iff_ended');
select breaks('agentpg.tool_executions', '{"state": "running"}', 'tool_executions_running_is_leased');
select breaks('agentpg.tool_executions', jsonb_build_object('lease_token', agentpg._uuid_v7()), 'tool_executions_waiting_is_free');
select breaks('agentpg.tool_executions', '{"state": "awaiting_approval"}', 'tool_executions_awaiting_was_asked');
select breaks('agentpg.tool_executions', '{"max_attempts": 0}', 'tool_executions_counters_sane');
select breaks('agentpg.tool_executions', '{"snooze_count": -1}', 'tool_executions_counters_sane');
select breaks('agentpg.tool_executions',
  jsonb_build_object('id', agentpg._uuid_v7(), 'run_id', agentpg._uuid_v7()), 'tool_executions_run_fk');
select every_rule_was_broken('agentpg.tool_executions');

select * from finish();
rollback;
