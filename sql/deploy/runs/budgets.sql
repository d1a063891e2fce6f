-- Deploy agentpg:runs/budgets to pg
-- requires: runs/leased_run
-- requires: runs/await_input
-- requires: runs/check_options
-- requires: registry/cost
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
comment on column agentpg.budgets.reserved_tokens is 'The worst case of the model calls under way.';

create table agentpg.budget_entries (
  id bigint generated always as identity,
  budget_id uuid not null,
  tokens bigint not null default 0,
  cost_usd numeric not null default 0,
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
  select b.id, - g.tokens, - g.cost_usd from gone g cross join lateral unnest(g.budget_ids) as b(id);
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

create function agentpg._spend(budget_ids uuid[], usage jsonb, cost_usd numeric)
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  insert into agentpg.budget_entries (budget_id, tokens, cost_usd)
  select b.id,
    agentpg._token_count(usage, 'input_tokens') + agentpg._token_count(usage, 'output_tokens')
      + agentpg._token_count(usage, 'cache_creation_input_tokens') + agentpg._token_count(usage, 'cache_read_input_tokens'),
    coalesce(_spend.cost_usd, 0)
  from unnest(budget_ids) as b(id)
$$;
comment on function agentpg._spend(uuid[], jsonb, numeric) is 'A model call has used this.';

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
    select coalesce(sum(g.tokens), 0) as tokens, coalesce(sum(g.cost_usd), 0) as cost_usd,
      coalesce(sum(g.reserved_tokens), 0) as reserved_tokens, coalesce(sum(g.reserved_cost_usd), 0) as reserved_cost_usd
    from gone g
  )
  update agentpg.budgets b
  set used_tokens = b.used_tokens + t.tokens, used_cost_usd = b.used_cost_usd + t.cost_usd,
    reserved_tokens = b.reserved_tokens + t.reserved_tokens, reserved_cost_usd = b.reserved_cost_usd + t.reserved_cost_usd
  from total t
  where b.id = v_budget.id
  returning b.* into v_budget;
  if v_now >= v_budget.period_started_at + v_budget.period then
    update agentpg.budgets b
    set used_tokens = 0, used_cost_usd = 0,
      period_started_at = v_now - make_interval(secs => (extract(epoch from v_now - b.period_started_at)::numeric % extract(epoch from b.period)::numeric)::double precision)
    where b.id = v_budget.id
    returning b.* into v_budget;
  end if;
  return v_budget;
end
$$;
comment on function agentpg._add_up(uuid) is
  'The budget as it stands, locked; null when somebody else holds it. Entries of transactions that have not committed are not in it: it errs on the safe side, because they only free what is reserved.';

create function agentpg._hold_back(run agentpg.runs, stop_reason text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  -- The run is locked already: its session, and what is above it, is taken only if nobody holds it.
  if stop_reason is not null and (agentpg._try_lock_run(run.id)).id is not null then
    perform agentpg._await_input(run, stop_reason);
    return;
  end if;
  update agentpg.runs r
  set state = 'pending', previous_state = r.state, available_at = agentpg.now() + interval '0.5 seconds' * (1 + random()),
    attempt = r.attempt - case when r.state = 'pending' then 0 else 1 end,
    lease_token = null, lease_expires_at = null, claimed_by = null, claimed_at = null
  where r.id = run.id;
end
$$;
comment on function agentpg._hold_back(agentpg.runs, text) is
  'A run whose next model call may not be made: it stops with the reason, or without one waits a moment.';

create function agentpg._admit(run agentpg.runs, request jsonb)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_mode agentpg.run_mode;
  v_id uuid;
  v_budget agentpg.budgets;
  v_wanted numeric := coalesce((request ->> 'max_tokens')::numeric, 1);
  -- Three bytes a token: more than text has, fewer than the transcript's own JSON.
  v_input bigint := ceil(octet_length(request::text) / 3.0);
  v_input_usd numeric;
  v_output_usd numeric;
  v_room numeric;
  -- A shorter answer is allowed, but not one without room to say anything, nor to think as much as was asked for.
  v_least numeric := case when request #> '{thinking,budget_tokens}' is null then least(v_wanted, 512) else v_wanted end;
  v_free numeric := v_wanted;
  v_stop text;
begin
  select q.run_mode into v_mode from agentpg.queues q where q.id = run.queue_id;
  -- The dearest way to send it: all of it written to the cache.
  v_input_usd := agentpg._cost_usd(request ->> 'model', v_mode, jsonb_build_object('cache_creation_input_tokens', v_input, 'cache_creation',
    jsonb_build_object('ephemeral_1h_input_tokens', case when v_mode = 'batch' then v_input else 0 end)), agentpg.now());
  v_output_usd := agentpg._cost_usd(request ->> 'model', v_mode, jsonb_build_object('output_tokens', 1000000), agentpg.now()) / 1000000;

  foreach v_id in array run.budget_ids loop
    v_budget := agentpg._add_up(v_id);
    if v_budget.id is null then
      perform agentpg._hold_back(run, null);
      return false;
    end if;
    if v_budget.max_tokens is not null then
      v_room := v_budget.max_tokens - v_budget.used_tokens - v_input;
      if v_room < v_least then
        v_stop := v_budget.scope || '_max_tokens';
      end if;
      v_free := least(v_free, v_room - v_budget.reserved_tokens);
    end if;
    if v_budget.max_cost_usd is not null then
      v_room := coalesce(floor((v_budget.max_cost_usd - v_budget.used_cost_usd - v_input_usd) / nullif(v_output_usd, 0)), -1);
      if v_room < v_least then
        v_stop := v_budget.scope || '_max_cost_usd';
      end if;
      v_free := least(v_free, v_room - coalesce(ceil(v_budget.reserved_cost_usd / nullif(v_output_usd, 0)), 0));
    end if;
  end loop;

  if v_free < v_least then
    perform agentpg._hold_back(run, v_stop);
    return false;
  end if;
  insert into agentpg.reservations as v (iteration_id, budget_ids, max_tokens, tokens, cost_usd)
  values (run.iteration_id, run.budget_ids, v_free, v_input + v_free, coalesce(v_input_usd + v_free * v_output_usd, 0))
  on conflict on constraint reservations_pk do update set max_tokens = excluded.max_tokens;
  update agentpg.budgets b
  set reserved_tokens = b.reserved_tokens + v.tokens, reserved_cost_usd = b.reserved_cost_usd + v.cost_usd
  from agentpg.reservations v
  where b.id = any (run.budget_ids) and v.iteration_id = run.iteration_id;
  return true;
end
$$;
comment on function agentpg._admit(agentpg.runs, jsonb) is
  'Reserves the worst case of a run''s next model call in all its budgets, with a shorter answer if need be. False when it does not fit: the run waits for what others have reserved, or stops with the limit as its stop reason. The caller holds the run.';

create function agentpg._capped(iteration_id uuid, request jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(
    (select request || jsonb_build_object('max_tokens', v.max_tokens) from agentpg.reservations v where v.iteration_id = _capped.iteration_id),
    request
  );
end
$$;
comment on function agentpg._capped(uuid, jsonb) is 'The request with max_tokens as reserved.';

create function agentpg._budgets_for(run_id uuid, session_id uuid, tenant_id text, model text, options jsonb)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_ids uuid[];
  v_priced boolean;
begin
  if options ?| array['max_tokens', 'max_cost_usd'] then
    insert into agentpg.budgets (scope, run_id, max_tokens, max_cost_usd)
    values ('run', _budgets_for.run_id, (options ->> 'max_tokens')::bigint, (options ->> 'max_cost_usd')::numeric);
  end if;
  select array_agg(b.id order by b.id), bool_or(b.max_cost_usd is not null)
    and agentpg._cost_usd(_budgets_for.model, 'streaming', '{"output_tokens": 1}', agentpg.now()) is not null
  into v_ids, v_priced
  from agentpg.budgets b
  where b.run_id = _budgets_for.run_id or b.session_id = _budgets_for.session_id or b.tenant_id = _budgets_for.tenant_id;
  if v_priced = false and exists (select from agentpg.budgets b where b.id = any (v_ids) and b.max_cost_usd is not null) then
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
as $$
#variable_conflict use_column
begin
  if not options ?| array['max_tokens', 'max_cost_usd'] then
    return;
  end if;
  insert into agentpg.budgets as b (scope, run_id, max_tokens, max_cost_usd)
  values ('run', run.id, (options ->> 'max_tokens')::bigint, (options ->> 'max_cost_usd')::numeric)
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
  elsif set_budget.max_tokens < 0 or set_budget.max_cost_usd < 0 or set_budget.period <= '0' then
    perform agentpg._refuse('AP108', 'max_tokens and max_cost_usd must not be negative, period must be positive');
  end if;
  if set_budget.session_id is not null then
    perform agentpg.get_session(set_budget.session_id);
  end if;
  if num_nonnulls(set_budget.max_tokens, set_budget.max_cost_usd) = 0 then
    delete from agentpg.budgets b where b.session_id = set_budget.session_id or b.tenant_id = set_budget.tenant_id;
    return null;
  end if;
  update agentpg.budgets b
  set max_tokens = set_budget.max_tokens, max_cost_usd = set_budget.max_cost_usd, period = set_budget.period
  where b.session_id = set_budget.session_id or b.tenant_id = set_budget.tenant_id
  returning b.* into v_budget;
  if not found then
    insert into agentpg.budgets as b (scope, session_id, tenant_id, max_tokens, max_cost_usd, period)
    values (case when set_budget.session_id is null then 'tenant' else 'session' end, set_budget.session_id, set_budget.tenant_id,
      set_budget.max_tokens, set_budget.max_cost_usd, set_budget.period)
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
  b.reserved_tokens + coalesce(e.reserved_tokens, 0) as reserved_tokens,
  trim_scale(b.reserved_cost_usd + coalesce(e.reserved_cost_usd, 0)) as reserved_cost_usd
from agentpg.budgets b
cross join lateral (
  select sum(n.tokens)::bigint as tokens, sum(n.cost_usd) as cost_usd,
    sum(n.reserved_tokens)::bigint as reserved_tokens, sum(n.reserved_cost_usd) as reserved_cost_usd
  from agentpg.budget_entries n
  where n.budget_id = b.id
) e;
comment on view agentpg.budget_usage is 'Each budget with what is used and reserved right now.';

commit;
