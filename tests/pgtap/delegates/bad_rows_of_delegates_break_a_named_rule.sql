begin;
select plan(10);

select given_child();
alter table agentpg.tool_executions disable trigger user;
select breaks('agentpg.tool_executions', jsonb_build_object('id', agentpg._uuid_v7(), 'block_index', 1, 'lease_token', gen_random_uuid()), 'tool_executions_running_is_leased');
select breaks('agentpg.tool_executions', jsonb_build_object('id', agentpg._uuid_v7(), 'block_index', 1, 'claimed_by', gen_random_uuid()), 'tool_executions_running_is_leased');
select breaks('agentpg.tool_executions', jsonb_build_object('id', agentpg._uuid_v7(), 'block_index', 1, 'agent_id', null), 'tool_executions_running_is_leased');
select breaks('agentpg.tool_executions', jsonb_build_object('id', agentpg._uuid_v7(), 'block_index', 1, 'started_at', null), 'tool_executions_running_is_leased');
select throws_ok($$ insert into agentpg.run_inputs select (jsonb_populate_record(i, '{"depth": 0}')).* from agentpg.run_inputs i where i.depth = 1 $$, '23514');

-- What may never be, of delegates.
set local session_replication_role = replica;
savepoint well;
update agentpg.runs set state = 'completed', finalized_at = agentpg.now() where id = run_id('child');
select set_has($$ select rule from agentpg.invariant_violations $$, $$ values ('delegate_ended_unanswered') $$);
rollback to well;
update agentpg.tool_executions set child_run_id = gen_random_uuid();
select set_has($$ select rule from agentpg.invariant_violations $$, $$ values ('delegate_runs_for_nobody') $$);
rollback to well;
update agentpg.tool_executions set state = 'skipped', completed_at = agentpg.now(), result_seq = 3;
select set_has($$ select rule from agentpg.invariant_violations $$, $$ values ('delegate_runs_for_nobody') $$);
rollback to well;
set local session_replication_role = origin;
select all_is_well();
select agentpg.cancel_run(run_id());
select all_is_well();

select * from finish();
rollback;
