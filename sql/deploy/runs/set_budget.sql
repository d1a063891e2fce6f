-- Deploy agentpg:runs/set_budget to pg
-- requires: runs/budgets
-- requires: runs/check_options
begin;

create function agentpg._budgets_for(run_id uuid, session_id uuid, tenant_id text, model text, options jsonb)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_ids uuid[];
  v_limits_cost boolean;
begin
  if options ?| array['max_tokens', 'max_cost_usd'] then
    insert into agentpg.budgets (scope, run_id, max_tokens, max_cost_usd)
    values ('run', _budgets_for.run_id, (options ->> 'max_tokens')::bigint, (options ->> 'max_cost_usd')::numeric);
  end if;
  select array_agg(b.id order by b.id), bool_or(b.max_cost_usd is not null)
  into v_ids, v_limits_cost
  from agentpg.budgets b
  where b.run_id = _budgets_for.run_id or b.session_id = _budgets_for.session_id or b.tenant_id = _budgets_for.tenant_id;
  if v_limits_cost and agentpg._cost_usd(model, 'streaming', '{"output_tokens": 1}', agentpg.now()) is null then
    perform agentpg._refuse('AP111', format('model %s has no price, so its cost cannot be limited', model),
      'limit max_tokens, or add its price with agentpg.upsert_models()', jsonb_build_object('model', model));
  end if;
  return v_ids;
end
$$;
comment on function agentpg._budgets_for(uuid, uuid, text, text, jsonb) is
  'The budgets that a new run is under: its own, made here, its session''s and its tenant''s; null for none. AP111 when a cost is limited that cannot be known.';

create function agentpg._raise_limits(run agentpg.runs, options jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  if not options ?| array['max_tokens', 'max_cost_usd'] then
    return;
  end if;
  -- The first limit of a run that was under none: what its tree has used so far was not added up before.
  insert into agentpg.budgets as b (scope, run_id, max_tokens, max_cost_usd, used_tokens, used_cost_usd, unpriced_calls)
  with recursive tree as (
    select run.id as id
    union all
    select i.run_id from tree t join agentpg.run_inputs i on i.parent_run_id = t.id
  )
  select 'run', run.id, (options ->> 'max_tokens')::bigint, (options ->> 'max_cost_usd')::numeric,
    coalesce(sum(n.input_tokens + n.output_tokens + n.cache_creation_input_tokens + n.cache_read_input_tokens), 0), coalesce(sum(n.cost_usd), 0),
    count(*) - count(n.cost_usd)
  from tree t
  join agentpg.iterations n on n.run_id = t.id
  on conflict on constraint budgets_run_unique do update
  set max_tokens = coalesce(excluded.max_tokens, b.max_tokens), max_cost_usd = coalesce(excluded.max_cost_usd, b.max_cost_usd);
  update agentpg.runs r
  set budget_ids = array(select b.id from agentpg.budgets b where b.run_id = r.id or b.id = any (r.budget_ids) order by b.id)
  where r.id = run.id;
end
$$;
comment on function agentpg._raise_limits(agentpg.runs, jsonb) is
  'New limits, counted from the start of the run, for one that is continued. The caller holds the locks of session and run.';

create function agentpg.set_budget(
  session_id uuid default null,
  tenant_id text default null,
  max_tokens bigint default null,
  max_cost_usd numeric default null,
  period interval default null
)
returns agentpg.budgets
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_budget agentpg.budgets;
begin
  if num_nonnulls(set_budget.session_id, nullif(set_budget.tenant_id, '')) <> 1 then
    perform agentpg._refuse('AP100', 'a budget is of one session or of one tenant', 'give session_id or tenant_id; the limits of a run are its options');
  elsif set_budget.max_tokens < 0 or set_budget.max_cost_usd < 0 or set_budget.max_cost_usd in ('NaN', 'Infinity') or set_budget.period <= '0' then
    perform agentpg._refuse('AP108', 'max_tokens and max_cost_usd must be numbers and not negative, period must be positive');
  end if;
  if set_budget.session_id is not null then
    perform agentpg.get_session(set_budget.session_id);
  end if;
  if num_nonnulls(set_budget.max_tokens, set_budget.max_cost_usd) = 0 then
    with gone as (
      delete from agentpg.budgets b where b.session_id = set_budget.session_id or b.tenant_id = set_budget.tenant_id returning b.id
    )
    delete from agentpg.budget_entries e using gone g where e.budget_id = g.id;
    return null;
  end if;
  insert into agentpg.budgets as b (scope, session_id, tenant_id, max_tokens, max_cost_usd, period)
  values (case when set_budget.session_id is null then 'tenant' else 'session' end, set_budget.session_id, nullif(set_budget.tenant_id, ''),
    set_budget.max_tokens, set_budget.max_cost_usd, set_budget.period)
  on conflict do nothing
  returning b.* into v_budget;
  if not found then
    update agentpg.budgets b
    set max_tokens = set_budget.max_tokens, max_cost_usd = set_budget.max_cost_usd, period = set_budget.period
    where b.session_id = set_budget.session_id or b.tenant_id = set_budget.tenant_id
    returning b.* into v_budget;
  end if;
  return v_budget;
end
$$;
comment on function agentpg.set_budget(uuid, text, bigint, numeric, interval) is
  'Sets the ceiling on what the runs of a session, or of a tenant (metadata.tenant_id), may use together, delegates included: total tokens, USD, or both; per period, or for ever. Without both limits the ceiling is removed. It holds for runs created from now on; a run that meets it stops with session_max_tokens, tenant_max_cost_usd and the like, and can be continued. Errors: AP002, AP100, AP108.';

create view agentpg.budget_usage as
select
  b.id, b.scope, b.run_id, b.session_id, b.tenant_id, b.max_tokens, b.max_cost_usd, b.period, b.period_started_at,
  b.used_tokens + coalesce(e.tokens, 0) as used_tokens,
  trim_scale(b.used_cost_usd + coalesce(e.cost_usd, 0)) as used_cost_usd,
  (b.unpriced_calls + coalesce(e.unpriced_calls, 0))::integer as unpriced_calls,
  b.reserved_tokens + coalesce(e.reserved_tokens, 0) as reserved_tokens,
  trim_scale(b.reserved_cost_usd + coalesce(e.reserved_cost_usd, 0)) as reserved_cost_usd
from agentpg.budgets b
cross join lateral (
  select sum(n.tokens)::bigint as tokens, sum(n.cost_usd) as cost_usd, sum(n.unpriced_calls) as unpriced_calls,
    sum(n.reserved_tokens)::bigint as reserved_tokens, sum(n.reserved_cost_usd) as reserved_cost_usd
  from agentpg.budget_entries n
  where n.budget_id = b.id
) e;
comment on view agentpg.budget_usage is 'Each budget with what is used and reserved right now.';
comment on column agentpg.budget_usage.used_cost_usd is
  'What is priced. A call that is not counts with what was reserved for it, and in unpriced_calls.';

commit;
