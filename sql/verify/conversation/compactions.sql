-- Verify agentpg:conversation/compactions on pg
begin;

select
  id, session_id, base_id, cut_seq, placeholder_seqs, superseded_seqs, state, cause, strategy, config,
  prefix_id, run_id, summarized_seq, chunk_seq, summary, summary_calls, model, original_tokens,
  compacted_tokens, messages_removed, error_type, error_message, tenant_id, created_at, closed_at,
  restored_at
from agentpg.compactions
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'compactions_guard_state' and tgrelid = 'agentpg.compactions'::regclass;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'compactions_guard_context' and tgrelid = 'agentpg.compactions'::regclass;
select pg_catalog.has_function_privilege('agentpg._compaction_at(uuid,bigint)', 'execute');

rollback;
