-- Revert agentpg:core/types from pg
begin;

drop type agentpg.compaction_state;
drop type agentpg.batch_state;
drop type agentpg.batch_status;
drop type agentpg.message_role;
drop type agentpg.tool_execution_state;
drop type agentpg.run_state;
drop type agentpg.run_mode;

commit;
