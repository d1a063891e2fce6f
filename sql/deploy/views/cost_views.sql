-- Deploy agentpg:views/cost_views to pg
-- requires: runs/delete_runs
begin;

create view agentpg._usage as
select
  (c.completed_at at time zone 'utc')::date as day, c.completed_at, c.run_id, c.root_run_id, c.session_id, c.agent_id, c.tenant_id,
  c.model, c.run_mode, c.calls, c.abandoned_calls, c.unpriced_calls, c.input_tokens, c.output_tokens,
  c.cache_write_5m_tokens, c.cache_write_1h_tokens, c.cache_read_tokens, c.cost_usd, c.failed_calls, c.failed_unpriced_calls, c.failed_cost_usd
from agentpg._paid_calls c
union all
select
  -- As late as it may have been, so that no time since then leaves it out.
  d.day, (d.day + 1)::timestamp at time zone 'utc' - interval '1 microsecond', null, null, d.session_id, d.agent_id, d.tenant_id,
  d.model, d.run_mode, d.calls, d.abandoned_calls, d.unpriced_calls, d.input_tokens, d.output_tokens,
  d.cache_creation_input_tokens - d.cache_creation_1h_input_tokens, d.cache_creation_1h_input_tokens, d.cache_read_input_tokens,
  d.cost_usd, d.failed_calls, d.failed_unpriced_calls, d.failed_cost_usd
from agentpg.deleted_usage d;
comment on view agentpg._usage is 'Every model call, and what those of deleted runs used, added up by day.';

create view agentpg.cost_by_iteration as
select
  u.iteration_id, u.run_id, u.number, u.session_id, u.agent_id, u.tenant_id, u.model, u.run_mode,
  max(u.completed_at) as completed_at,
  sum(u.calls)::bigint as calls, sum(u.abandoned_calls)::bigint as abandoned_calls,
  sum(u.input_tokens)::bigint as input_tokens, sum(u.output_tokens)::bigint as output_tokens,
  sum(u.cache_write_5m_tokens)::bigint as cache_write_5m_tokens, sum(u.cache_write_1h_tokens)::bigint as cache_write_1h_tokens,
  sum(u.cache_read_tokens)::bigint as cache_read_tokens,
  round(sum(u.cache_read_tokens) / nullif(sum(u.input_tokens + u.cache_write_5m_tokens + u.cache_write_1h_tokens + u.cache_read_tokens), 0), 4)
    as cache_hit_rate,
  case when sum(u.unpriced_calls) = 0 then coalesce(sum(u.cost_usd), 0) end as cost_usd,
  coalesce(sum(u.cost_usd), 0) as priced_cost_usd, sum(u.unpriced_calls)::bigint as unpriced_calls,
  sum(u.failed_calls)::bigint as failed_calls,
  case when sum(u.failed_unpriced_calls) = 0 then coalesce(sum(u.failed_cost_usd), 0) end as failed_cost_usd
from agentpg._paid_calls u
group by u.iteration_id, u.run_id, u.number, u.session_id, u.agent_id, u.tenant_id, u.model, u.run_mode;
comment on view agentpg.cost_by_iteration is 'What each model call used and cost.';
comment on column agentpg.cost_by_iteration.abandoned_calls is 'Of the calls, those whose answer came to nothing because the run had ended meanwhile.';
comment on column agentpg.cost_by_iteration.cache_hit_rate is 'Which part of all prompt tokens was read from the cache.';
comment on column agentpg.cost_by_iteration.cost_usd is 'Null when the cost of one of the calls is not known; priced_cost_usd is what the others cost.';
comment on column agentpg.cost_by_iteration.unpriced_calls is 'Calls a part of which has no price.';
comment on column agentpg.cost_by_iteration.failed_calls is 'Attempts without an answer that told what they had used: beside the calls, and their cost beside cost_usd.';

create view agentpg.cost_by_run as
select
  u.run_id, u.session_id, u.agent_id, u.tenant_id,
  sum(u.calls)::bigint as calls, sum(u.abandoned_calls)::bigint as abandoned_calls,
  sum(u.input_tokens)::bigint as input_tokens, sum(u.output_tokens)::bigint as output_tokens,
  sum(u.cache_write_5m_tokens)::bigint as cache_write_5m_tokens, sum(u.cache_write_1h_tokens)::bigint as cache_write_1h_tokens,
  sum(u.cache_read_tokens)::bigint as cache_read_tokens,
  round(sum(u.cache_read_tokens) / nullif(sum(u.input_tokens + u.cache_write_5m_tokens + u.cache_write_1h_tokens + u.cache_read_tokens), 0), 4)
    as cache_hit_rate,
  case when sum(u.unpriced_calls) = 0 then coalesce(sum(u.cost_usd), 0) end as cost_usd,
  coalesce(sum(u.cost_usd), 0) as priced_cost_usd, sum(u.unpriced_calls)::bigint as unpriced_calls,
  sum(u.failed_calls)::bigint as failed_calls,
  case when sum(u.failed_unpriced_calls) = 0 then coalesce(sum(u.failed_cost_usd), 0) end as failed_cost_usd
from agentpg._paid_calls u
group by u.run_id, u.session_id, u.agent_id, u.tenant_id;
comment on view agentpg.cost_by_run is 'What the model calls of each run used and cost, those of its delegates left out.';

create view agentpg.cost_by_tree as
select
  u.root_run_id, count(distinct u.run_id)::integer as runs,
  sum(u.calls)::bigint as calls, sum(u.abandoned_calls)::bigint as abandoned_calls,
  sum(u.input_tokens)::bigint as input_tokens, sum(u.output_tokens)::bigint as output_tokens,
  sum(u.cache_write_5m_tokens)::bigint as cache_write_5m_tokens, sum(u.cache_write_1h_tokens)::bigint as cache_write_1h_tokens,
  sum(u.cache_read_tokens)::bigint as cache_read_tokens,
  round(sum(u.cache_read_tokens) / nullif(sum(u.input_tokens + u.cache_write_5m_tokens + u.cache_write_1h_tokens + u.cache_read_tokens), 0), 4)
    as cache_hit_rate,
  case when sum(u.unpriced_calls) = 0 then coalesce(sum(u.cost_usd), 0) end as cost_usd,
  coalesce(sum(u.cost_usd), 0) as priced_cost_usd, sum(u.unpriced_calls)::bigint as unpriced_calls,
  sum(u.failed_calls)::bigint as failed_calls,
  case when sum(u.failed_unpriced_calls) = 0 then coalesce(sum(u.failed_cost_usd), 0) end as failed_cost_usd
from agentpg._paid_calls u
group by u.root_run_id;
comment on view agentpg.cost_by_tree is 'What each run used and cost together with all runs of its delegates. For one tree alone: costs(by => tree, run_id => ...), which reads no others.';

create view agentpg.cost_by_session as
select
  u.session_id,
  sum(u.calls)::bigint as calls, sum(u.abandoned_calls)::bigint as abandoned_calls,
  sum(u.input_tokens)::bigint as input_tokens, sum(u.output_tokens)::bigint as output_tokens,
  sum(u.cache_write_5m_tokens)::bigint as cache_write_5m_tokens, sum(u.cache_write_1h_tokens)::bigint as cache_write_1h_tokens,
  sum(u.cache_read_tokens)::bigint as cache_read_tokens,
  round(sum(u.cache_read_tokens) / nullif(sum(u.input_tokens + u.cache_write_5m_tokens + u.cache_write_1h_tokens + u.cache_read_tokens), 0), 4)
    as cache_hit_rate,
  case when sum(u.unpriced_calls) = 0 then coalesce(sum(u.cost_usd), 0) end as cost_usd,
  coalesce(sum(u.cost_usd), 0) as priced_cost_usd, sum(u.unpriced_calls)::bigint as unpriced_calls,
  sum(u.failed_calls)::bigint as failed_calls,
  case when sum(u.failed_unpriced_calls) = 0 then coalesce(sum(u.failed_cost_usd), 0) end as failed_cost_usd
from agentpg._usage u
group by u.session_id;
comment on view agentpg.cost_by_session is 'What the runs of each session used and cost, deleted ones included. Delegates have sessions of their own: cost_by_tree.';

create view agentpg.cost_by_agent as
select
  u.agent_id, (select a.name from agentpg.agents a where a.id = u.agent_id) as agent_name,
  sum(u.calls)::bigint as calls, sum(u.abandoned_calls)::bigint as abandoned_calls,
  sum(u.input_tokens)::bigint as input_tokens, sum(u.output_tokens)::bigint as output_tokens,
  sum(u.cache_write_5m_tokens)::bigint as cache_write_5m_tokens, sum(u.cache_write_1h_tokens)::bigint as cache_write_1h_tokens,
  sum(u.cache_read_tokens)::bigint as cache_read_tokens,
  round(sum(u.cache_read_tokens) / nullif(sum(u.input_tokens + u.cache_write_5m_tokens + u.cache_write_1h_tokens + u.cache_read_tokens), 0), 4)
    as cache_hit_rate,
  case when sum(u.unpriced_calls) = 0 then coalesce(sum(u.cost_usd), 0) end as cost_usd,
  coalesce(sum(u.cost_usd), 0) as priced_cost_usd, sum(u.unpriced_calls)::bigint as unpriced_calls,
  sum(u.failed_calls)::bigint as failed_calls,
  case when sum(u.failed_unpriced_calls) = 0 then coalesce(sum(u.failed_cost_usd), 0) end as failed_cost_usd
from agentpg._usage u
group by u.agent_id;
comment on view agentpg.cost_by_agent is 'What each agent used and cost, and how much of its prompts came from the cache.';

create view agentpg.cost_by_tenant as
select
  u.tenant_id,
  sum(u.calls)::bigint as calls, sum(u.abandoned_calls)::bigint as abandoned_calls,
  sum(u.input_tokens)::bigint as input_tokens, sum(u.output_tokens)::bigint as output_tokens,
  sum(u.cache_write_5m_tokens)::bigint as cache_write_5m_tokens, sum(u.cache_write_1h_tokens)::bigint as cache_write_1h_tokens,
  sum(u.cache_read_tokens)::bigint as cache_read_tokens,
  round(sum(u.cache_read_tokens) / nullif(sum(u.input_tokens + u.cache_write_5m_tokens + u.cache_write_1h_tokens + u.cache_read_tokens), 0), 4)
    as cache_hit_rate,
  case when sum(u.unpriced_calls) = 0 then coalesce(sum(u.cost_usd), 0) end as cost_usd,
  coalesce(sum(u.cost_usd), 0) as priced_cost_usd, sum(u.unpriced_calls)::bigint as unpriced_calls,
  sum(u.failed_calls)::bigint as failed_calls,
  case when sum(u.failed_unpriced_calls) = 0 then coalesce(sum(u.failed_cost_usd), 0) end as failed_cost_usd
from agentpg._usage u
group by u.tenant_id;
comment on view agentpg.cost_by_tenant is 'What each tenant used and cost; null: runs without a tenant.';

create view agentpg.cost_by_day as
select
  u.day,
  sum(u.calls)::bigint as calls, sum(u.abandoned_calls)::bigint as abandoned_calls,
  sum(u.input_tokens)::bigint as input_tokens, sum(u.output_tokens)::bigint as output_tokens,
  sum(u.cache_write_5m_tokens)::bigint as cache_write_5m_tokens, sum(u.cache_write_1h_tokens)::bigint as cache_write_1h_tokens,
  sum(u.cache_read_tokens)::bigint as cache_read_tokens,
  round(sum(u.cache_read_tokens) / nullif(sum(u.input_tokens + u.cache_write_5m_tokens + u.cache_write_1h_tokens + u.cache_read_tokens), 0), 4)
    as cache_hit_rate,
  case when sum(u.unpriced_calls) = 0 then coalesce(sum(u.cost_usd), 0) end as cost_usd,
  coalesce(sum(u.cost_usd), 0) as priced_cost_usd, sum(u.unpriced_calls)::bigint as unpriced_calls,
  sum(u.failed_calls)::bigint as failed_calls,
  case when sum(u.failed_unpriced_calls) = 0 then coalesce(sum(u.failed_cost_usd), 0) end as failed_cost_usd
from agentpg._usage u
group by u.day;
comment on view agentpg.cost_by_day is 'What was used and paid on each day (UTC). For some days alone: costs(by => ''day'', since => ...), which reads no others.';

commit;
