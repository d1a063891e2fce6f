-- Deploy agentpg:runs/budgets to pg
-- requires: runs/runs
-- requires: registry/cost
-- requires: core/notify
begin;

create table agentpg.budgets (
  id uuid not null default agentpg._uuid_v7(),
  scope text not null,
  run_id uuid,
  session_id uuid,
  tenant_id text,
  max_tokens bigint,
  max_cost_usd numeric,
  period interval,
  period_started_at timestamptz not null default agentpg.now(),
  used_tokens bigint not null default 0,
  used_cost_usd numeric not null default 0,
  unpriced_calls integer not null default 0,
  reserved_tokens bigint not null default 0,
  reserved_cost_usd numeric not null default 0,
  constraint budgets_pk primary key (id),
  constraint budgets_run_unique unique (run_id),
  constraint budgets_session_unique unique (session_id),
  constraint budgets_tenant_unique unique (tenant_id),
  constraint budgets_scope_has_its_subject check (
    num_nonnulls(run_id, session_id, tenant_id) = 1
    and case scope when 'run' then run_id is not null when 'session' then session_id is not null when 'tenant' then tenant_id is not null else false end
  ),
  constraint budgets_limits_not_negative check (max_tokens >= 0 and max_cost_usd >= 0),
  constraint budgets_limits_something check (num_nonnulls(max_tokens, max_cost_usd) > 0),
  constraint budgets_period_positive check (period > '0')
);
comment on table agentpg.budgets is
  'Ceilings on tokens and cost: of a run with all that is below it, of a session, of a tenant. What is used and reserved stands here and, since the last look, in agentpg.budget_entries.';
comment on column agentpg.budgets.period is 'What was used counts for this long, then anew; null: for ever.';
comment on column agentpg.budgets.used_cost_usd is
  'What is priced. A call that is not counts with what was reserved for it, and in unpriced_calls.';
comment on column agentpg.budgets.reserved_tokens is 'The worst case of the model calls under way.';

create table agentpg.budget_entries (
  id bigint generated always as identity,
  budget_id uuid not null,
  tokens bigint not null default 0,
  cost_usd numeric not null default 0,
  unpriced_calls integer not null default 0,
  reserved_tokens bigint not null default 0,
  reserved_cost_usd numeric not null default 0,
  constraint budget_entries_pk primary key (id)
);
comment on table agentpg.budget_entries is
  'What was used and what is no longer reserved, written without a lock on the budget; whoever reserves next adds it up.';

create index budget_entries_budget on agentpg.budget_entries (budget_id);
comment on index agentpg.budget_entries_budget is 'What to add up.';

create table agentpg.reservations (
  iteration_id uuid not null,
  budget_ids uuid[] not null,
  max_tokens integer not null,
  tokens bigint not null,
  cost_usd numeric not null,
  constraint reservations_pk primary key (iteration_id),
  constraint reservations_positive check (max_tokens > 0 and tokens > 0 and cost_usd >= 0)
);
comment on table agentpg.reservations is 'What a model call under way may use at most. Gone when it ends.';
comment on column agentpg.reservations.max_tokens is 'max_tokens of its request: less than asked for when the budget allows no more.';

create function agentpg._release_reservation()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  with gone as (
    delete from agentpg.reservations v where v.iteration_id = old.iteration_id returning v.*
  )
  insert into agentpg.budget_entries (budget_id, reserved_tokens, reserved_cost_usd)
  select b.id, - g.tokens, - g.cost_usd from gone g join agentpg.budgets b on b.id = any (g.budget_ids);
  if found then
    -- Somebody may wait for it.
    perform agentpg._notify('agentpg_run_state', '{"run_id": null, "session_id": null, "agent_id": null, "state": "pending", "previous_state": "pending", "parent_run_id": null}', true);
  end if;
  return null;
end
$$;
comment on function agentpg._release_reservation() is 'Trigger: a model call has ended, whichever way; what it had reserved is free.';

create trigger runs_release_reservation
  after update on agentpg.runs
  for each row when (
    old.budget_ids is not null
    and old.state in ('streaming', 'batch_submitting', 'batch_pending', 'batch_processing')
    and new.state not in ('batch_pending', 'batch_processing') and new.state is distinct from old.state
  )
  execute function agentpg._release_reservation();
comment on trigger runs_release_reservation on agentpg.runs is 'Every way out of a model call frees what it had reserved.';

create function agentpg._spend(budget_ids uuid[], iteration agentpg.iterations)
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  insert into agentpg.budget_entries (budget_id, tokens, cost_usd, unpriced_calls)
  select b.id,
    iteration.input_tokens + iteration.output_tokens + iteration.cache_creation_input_tokens + iteration.cache_read_input_tokens,
    -- What has no price is not free: the worst case stands until somebody knows better.
    coalesce(iteration.cost_usd, (select v.cost_usd from agentpg.reservations v where v.iteration_id = iteration.id), 0),
    (iteration.cost_usd is null)::integer
  from agentpg.budgets b
  where b.id = any (_spend.budget_ids)
$$;
comment on function agentpg._spend(uuid[], agentpg.iterations) is 'A model call has used this.';

create function agentpg._bill_attempt(run agentpg.runs, run_mode agentpg.run_mode, error jsonb)
returns jsonb
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_billed jsonb;
begin
  if jsonb_typeof(error -> 'usage') is distinct from 'object' then
    return '{}';
  end if;
  select jsonb_build_object('model', q.model, 'run_mode', coalesce(_bill_attempt.run_mode, q.run_mode)) || to_jsonb(u) into v_billed
  from agentpg.queues q
  cross join lateral agentpg._billed(q.model, coalesce(_bill_attempt.run_mode, q.run_mode), error -> 'usage', agentpg.now()) u
  where q.id = run.queue_id;
  insert into agentpg.budget_entries (budget_id, tokens, cost_usd, unpriced_calls)
  select b.id,
    (v_billed ->> 'input_tokens')::bigint + (v_billed ->> 'output_tokens')::bigint
      + (v_billed ->> 'cache_creation_input_tokens')::bigint + (v_billed ->> 'cache_read_input_tokens')::bigint,
    coalesce(
      (v_billed ->> 'cost_usd')::numeric,
      (select v.cost_usd from agentpg.reservations v where v.iteration_id = run.iteration_id), 0
    ),
    (v_billed ->> 'cost_usd' is null)::integer
  from agentpg.budgets b
  where b.id = any (run.budget_ids);
  return jsonb_build_object('billed', v_billed);
end
$$;
comment on function agentpg._bill_attempt(agentpg.runs, agentpg.run_mode, jsonb) is
  'What an attempt without an answer cost, if its error names the usage, for the details of the attempt; spent from the budgets of the run.';

create function agentpg._add_up(budget_id uuid)
returns agentpg.budgets
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
  v_budget agentpg.budgets;
begin
  select b.* into v_budget from agentpg.budgets b where b.id = _add_up.budget_id for no key update skip locked;
  if not found then
    return null;
  end if;
  with gone as (
    delete from agentpg.budget_entries e where e.budget_id = v_budget.id returning e.*
  ), total as (
    select coalesce(sum(g.tokens), 0) as tokens, coalesce(sum(g.cost_usd), 0) as cost_usd, coalesce(sum(g.unpriced_calls), 0) as unpriced_calls,
      coalesce(sum(g.reserved_tokens), 0) as reserved_tokens, coalesce(sum(g.reserved_cost_usd), 0) as reserved_cost_usd
    from gone g
  )
  update agentpg.budgets b
  set used_tokens = b.used_tokens + t.tokens, used_cost_usd = b.used_cost_usd + t.cost_usd, unpriced_calls = b.unpriced_calls + t.unpriced_calls,
    reserved_tokens = b.reserved_tokens + t.reserved_tokens, reserved_cost_usd = b.reserved_cost_usd + t.reserved_cost_usd
  from total t
  where b.id = v_budget.id
  returning b.* into v_budget;
  if v_now >= v_budget.period_started_at + v_budget.period then
    update agentpg.budgets b
    set used_tokens = 0, used_cost_usd = 0, unpriced_calls = 0,
      -- A month has 28 to 31 days, and by its length in seconds 30: one period less, where that many would be too many.
      period_started_at = case when b.period_started_at + n.passed * b.period > v_now then b.period_started_at + (n.passed - 1) * b.period
        else b.period_started_at + n.passed * b.period end
    from (
      select greatest(1, floor(extract(epoch from v_now - v_budget.period_started_at) / extract(epoch from v_budget.period))) as passed
    ) n
    where b.id = v_budget.id
    returning b.* into v_budget;
  end if;
  return v_budget;
end
$$;
comment on function agentpg._add_up(uuid) is
  'The budget as it stands, locked; null when somebody else holds it. Entries of transactions that have not committed are not in it: it errs on the safe side, because they only free what is reserved.';

commit;
