-- Deploy agentpg:views/run_details to pg
-- requires: views/tool_calls
-- requires: runs/regenerate_run
begin;

create view agentpg.run_details as
select
  r.id,
  r.session_id,
  i.agent_id,
  a.name as agent_name,
  i.run_mode,
  q.run_mode as current_mode,
  q.model,
  i.turn,
  i.parent_run_id,
  i.parent_tool_execution_id,
  coalesce(i.root_run_id, i.run_id) as root_run_id,
  i.depth,
  r.state,
  r.previous_state,
  agentpg._content_text(i.content) as prompt,
  agentpg.whole_content(i.content) as content,
  r.iteration_number as current_iteration,
  r.iteration_id as current_iteration_id,
  agentpg._content_text(answer.content) as response_text,
  r.stop_reason,
  u.input_tokens,
  u.output_tokens,
  u.cache_creation_input_tokens,
  u.cache_read_input_tokens,
  u.cost_usd,
  u.unpriced_calls,
  u.streaming_extra_usd,
  u.iteration_count,
  u.tool_iterations,
  r.error_type,
  r.error_message,
  i.created_by as created_by_instance_id,
  r.claimed_by as claimed_by_instance_id,
  r.claimed_at,
  r.lease_expires_at,
  r.attempt::integer as attempt,
  r.rescue_attempts::integer as rescue_attempts,
  r.last_rescue_at,
  r.priority::integer as priority,
  i.scheduled_at,
  r.available_at,
  r.blocked,
  r.open_tools,
  r.batch_id,
  i.max_iterations,
  i.max_continuations,
  coalesce(i.variables, '{}') as variables,
  coalesce(i.options, '{}') as options,
  s.metadata,
  i.idempotency_key,
  r.tenant_id,
  i.created_at,
  r.started_at,
  r.finalized_at,
  (select g.of_run_id from agentpg.regenerations g where g.run_id = r.id) as regenerated_from_run_id,
  (select g.run_id from agentpg.regenerations g where g.of_run_id = r.id and g.supersedes) as superseded_by_run_id
from agentpg.runs r
join agentpg.run_inputs i on i.run_id = r.id
join agentpg.agents a on a.id = i.agent_id
join agentpg.queues q on q.id = r.queue_id
join agentpg.sessions s on s.id = r.session_id
cross join lateral (
  select
    coalesce(sum(t.input_tokens), 0)::bigint as input_tokens,
    coalesce(sum(t.output_tokens), 0)::bigint as output_tokens,
    coalesce(sum(t.cache_creation_input_tokens), 0)::bigint as cache_creation_input_tokens,
    coalesce(sum(t.cache_read_input_tokens), 0)::bigint as cache_read_input_tokens,
    -- What cannot be priced makes the sum unknown; it never counts as zero.
    case when count(*) = count(t.cost_usd) then coalesce(sum(t.cost_usd), 0) end as cost_usd,
    (count(*) - count(t.cost_usd))::integer as unpriced_calls,
    case when i.run_mode = 'batch' and count(*) = count(t.cost_usd) then
      coalesce(sum((t.cost_usd - agentpg._server_tools_usd(t.usage, t.completed_at)) * (1 - agentpg._batch_ratio(t.model, t.completed_at)))
        filter (where t.run_mode = 'streaming'), 0)
    end as streaming_extra_usd,
    count(*)::integer as iteration_count,
    (count(*) filter (where t.tool_count > 0))::integer as tool_iterations,
    max(t.response_seq) as answer_seq
  from agentpg.iterations t
  where t.run_id = r.id
) u
-- One message: a plain join may read the whole transcript of a long session.
left join lateral (
  select m.content from agentpg.messages m where m.session_id = r.session_id and m.seq = u.answer_seq limit 1
) answer on true;
comment on view agentpg.run_details is 'Runs with their input, usage, cost and answer.';
comment on column agentpg.run_details.cost_usd is 'Sum over the model calls; null when one of them is unpriced.';
comment on column agentpg.run_details.unpriced_calls is 'Model calls a part of which has no price.';
comment on column agentpg.run_details.run_mode is 'As the run was created.';
comment on column agentpg.run_details.current_mode is 'Of the next model call: a run in batch mode may finish in streaming mode.';
comment on column agentpg.run_details.streaming_extra_usd is 'What the streamed calls of a run in batch mode cost more than they had in a batch.';
comment on column agentpg.run_details.batch_id is 'The provider batch it was gathered into last.';
comment on column agentpg.run_details.regenerated_from_run_id is 'The run that this one was made anew from.';
comment on column agentpg.run_details.superseded_by_run_id is 'The run that took its place in the session: its messages are in no request any more.';
comment on column agentpg.run_details.metadata is 'Of the session.';

commit;
