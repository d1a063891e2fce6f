-- Verify agentpg:core/types on pg
begin;

select null::agentpg.run_mode;
select null::agentpg.run_state;
select null::agentpg.tool_execution_state;
select null::agentpg.message_role;
select null::agentpg.batch_status;
select null::agentpg.batch_state;
select null::agentpg.compaction_state;

rollback;
