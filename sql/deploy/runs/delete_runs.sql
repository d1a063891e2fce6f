-- Deploy agentpg:runs/delete_runs to pg
-- requires: runs/regenerate_run
-- requires: runs/paid_calls
-- requires: runs/run_continuations
-- requires: runs/output_repairs
-- requires: runs/budgets
-- requires: tools/tool_approvals
-- requires: batches/batches
-- requires: events/run_streams
begin;

create table agentpg.deleted_usage (
  id bigint generated always as identity,
  day date not null,
  tenant_id text,
  session_id uuid not null,
  agent_id uuid not null,
  model text not null,
  run_mode agentpg.run_mode not null,
  calls integer not null,
  abandoned_calls integer not null,
  unpriced_calls integer not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cache_creation_input_tokens bigint not null,
  cache_creation_1h_input_tokens bigint not null,
  cache_read_input_tokens bigint not null,
  cost_usd numeric not null,
  failed_calls integer not null,
  failed_unpriced_calls integer not null,
  failed_cost_usd numeric not null,
  constraint deleted_usage_pk primary key (id),
  constraint deleted_usage_calls_counted check (
    calls >= 0 and failed_calls >= 0 and calls + failed_calls > 0 and abandoned_calls between 0 and calls
    and unpriced_calls between 0 and calls and failed_unpriced_calls between 0 and failed_calls
  ),
  constraint deleted_usage_not_negative check (
    input_tokens >= 0 and output_tokens >= 0 and cache_creation_input_tokens >= cache_creation_1h_input_tokens
    and cache_creation_1h_input_tokens >= 0 and cache_read_input_tokens >= 0 and cost_usd >= 0 and failed_cost_usd >= 0
  )
);
comment on table agentpg.deleted_usage is
  'Insert-only: what the model calls of deleted runs used, added up by day (UTC), session, agent, model and mode, so that what a day cost does not change when its runs are deleted. It holds no content.';
comment on column agentpg.deleted_usage.abandoned_calls is 'Of the calls, those whose answer came to nothing.';
comment on column agentpg.deleted_usage.failed_calls is 'Attempts without an answer that told what they had used: beside the calls, not among them.';
comment on column agentpg.deleted_usage.unpriced_calls is 'Calls whose cost is not known; cost_usd is that of the others.';

create index deleted_usage_day on agentpg.deleted_usage (day);
comment on index agentpg.deleted_usage_day is 'What a day cost.';

create trigger deleted_usage_insert_only
  before update on agentpg.deleted_usage
  for each row execute function agentpg._refuse_change();
comment on trigger deleted_usage_insert_only on agentpg.deleted_usage is 'What was spent stays spent.';

create function agentpg._keep_usage(run_ids uuid[])
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
  insert into agentpg.deleted_usage (
    day, tenant_id, session_id, agent_id, model, run_mode, calls, abandoned_calls, unpriced_calls, input_tokens, output_tokens,
    cache_creation_input_tokens, cache_creation_1h_input_tokens, cache_read_input_tokens, cost_usd,
    failed_calls, failed_unpriced_calls, failed_cost_usd
  )
  select (c.completed_at at time zone 'utc')::date, c.tenant_id, c.session_id, c.agent_id, c.model, c.run_mode,
    sum(c.calls), sum(c.abandoned_calls), sum(c.unpriced_calls), sum(c.input_tokens), sum(c.output_tokens),
    sum(c.cache_write_5m_tokens + c.cache_write_1h_tokens), sum(c.cache_write_1h_tokens), sum(c.cache_read_tokens), coalesce(sum(c.cost_usd), 0),
    sum(c.failed_calls), sum(c.failed_unpriced_calls), coalesce(sum(c.failed_cost_usd), 0)
  from agentpg._paid_calls c
  where c.run_id = any (_keep_usage.run_ids)
  group by 1, c.tenant_id, c.session_id, c.agent_id, c.model, c.run_mode
$$;
comment on function agentpg._keep_usage(uuid[]) is 'What the model calls of these runs used, written down before they are deleted.';

create function agentpg._delete_runs(run_ids uuid[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  perform from agentpg.runs r where r.id = any (_delete_runs.run_ids) order by r.id for update;
  perform agentpg._keep_usage(run_ids);
  delete from agentpg.tool_approvals a
  where a.tool_execution_id in (select e.id from agentpg.tool_executions e where e.run_id = any (_delete_runs.run_ids));
  delete from agentpg.tool_executions e where e.run_id = any (_delete_runs.run_ids);
  -- The requests of a batch stay with it, as ids: it is counted whole, and what still comes for them is dropped.
  update agentpg.batch_members m
  set settled_at = agentpg.now(), result = null, withdrawn_at = coalesce(m.withdrawn_at, agentpg.now())
  where m.result is not null and m.run_id = any (_delete_runs.run_ids);
  delete from agentpg.budget_entries e
  where e.budget_id in (select b.id from agentpg.budgets b where b.run_id = any (_delete_runs.run_ids));
  delete from agentpg.budgets b where b.run_id = any (_delete_runs.run_ids);
  delete from agentpg.reservations v
  where v.iteration_id in (select r.iteration_id from agentpg.runs r where r.id = any (_delete_runs.run_ids));
  delete from agentpg.iterations t where t.run_id = any (_delete_runs.run_ids);
  delete from agentpg.failed_attempts f where f.run_id = any (_delete_runs.run_ids);
  delete from agentpg.run_continuations c where c.run_id = any (_delete_runs.run_ids);
  delete from agentpg.output_repairs o where o.run_id = any (_delete_runs.run_ids);
  delete from agentpg.regenerations g where g.run_id = any (_delete_runs.run_ids);
  delete from agentpg.regenerations g where g.of_run_id = any (_delete_runs.run_ids);
  delete from agentpg.runs r where r.id = any (_delete_runs.run_ids);
  -- Streams last, and in one order; nothing is added to a stream that is gone.
  perform from agentpg.run_streams s where s.root_run_id = any (_delete_runs.run_ids) order by s.root_run_id for update;
  delete from agentpg.run_streams s where s.root_run_id = any (_delete_runs.run_ids);
  delete from agentpg.run_events e where e.root_run_id = any (_delete_runs.run_ids);
  delete from agentpg.run_inputs i where i.run_id = any (_delete_runs.run_ids);
end
$$;
comment on function agentpg._delete_runs(uuid[]) is
  'Deletes runs that have ended with all that belongs to them but their messages; what they used stays in agentpg.deleted_usage. With a run all below it must be given. The caller holds the locks of their sessions.';

commit;
