-- Verify agentpg:conversation/sessions on pg
begin;

select
  id, parent_session_id, depth, metadata, compaction_count, tenant_id, created_at, updated_at, on_busy,
  forked_from_session_id, forked_at_seq, superseded_seqs, compaction, compaction_id, compaction_ready,
  thinking_from_seq, context_tokens, removed_runs, archived_seq
from agentpg.sessions
where false;

rollback;
