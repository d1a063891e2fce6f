-- Verify agentpg:core/settings on pg
begin;

select
  singleton, heartbeat_interval, lease_ttl, instance_ttl, poll_interval, max_poll_interval,
  max_model_attempts, model_retry_base, model_retry_cap, max_rescue_attempts, leader_ttl,
  resume_window, resume_spacing, tool_max_attempts, tool_retry_jitter, tool_timeout, tool_max_snoozes,
  tool_deadline, unserved_tool_timeout, approval_timeout, batch_max_requests, batch_max_bytes,
  batch_max_wait, batch_poll_interval, batch_max_poll_interval, batch_settle_time, default_max_tokens,
  max_depth, delegate_max_attempts, max_iterations, max_continuations, continue_prompt,
  max_content_bytes, max_tool_output_bytes, max_tool_media_bytes, max_metadata_bytes,
  extra_block_names, notifications, auto_compaction, compaction, events, event_delta_retention,
  event_retention, updated_at
from agentpg.settings
where false;
select 1 / count(*) from agentpg.settings;

rollback;
