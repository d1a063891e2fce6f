begin;
select plan(10);

select given_instance('{pay}');
select given_agent(tools => '{pay}');
select given_run(options => '{"approval": true}');
select claim_one();
select answer(reply_tool_use('t1', 'pay'));
select breaks('agentpg.tool_approvals', '{}', 'tool_approvals_pk');
select breaks('agentpg.tool_approvals', jsonb_build_object('tool_execution_id', agentpg._uuid_v7()), 'tool_approvals_execution_fk');
select breaks('agentpg.tool_approvals', '{"decision": "maybe", "decided_at": "2030-01-01"}', 'tool_approvals_decision_known');
select breaks('agentpg.tool_approvals', '{"decision": "expired"}', 'tool_approvals_decided_at_iff_decided');
select breaks('agentpg.tool_approvals', '{"decided_at": "2030-01-01"}', 'tool_approvals_decided_at_iff_decided');
select breaks('agentpg.tool_approvals', '{"decision": "approved", "decided_at": "2030-01-01", "decided_by": "ada"}', 'tool_approvals_decided_by_iff_by_a_person');
select breaks('agentpg.tool_approvals', '{"decision": "expired", "decided_at": "2030-01-01", "decided_by": "ada"}', 'tool_approvals_decided_by_iff_by_a_person');
select breaks('agentpg.tool_approvals', '{"edited_input": {}}', 'tool_approvals_edited_only_when_approved');
select breaks('agentpg.tool_approvals', '{"edited_input": [], "decision": "approved", "decided_at": "2030-01-01", "decided_by": "ada", "decided_role": "x"}', 'tool_approvals_edited_only_when_approved');
select every_rule_was_broken('agentpg.tool_approvals');

select * from finish();
rollback;
