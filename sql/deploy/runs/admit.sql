-- Deploy agentpg:runs/admit to pg
-- requires: runs/budgets
-- requires: runs/leased_run
-- requires: runs/await_input
begin;

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
  set state = 'pending', previous_state = r.state, available_at = agentpg.now() + interval '0.1 seconds' * (1 + random()),
    attempt = r.attempt - case when r.state = 'pending' then 0 else 1 end,
    lease_token = null, lease_expires_at = null, claimed_by = null, claimed_at = null, watch_at = null
  where r.id = run.id;
end
$$;
comment on function agentpg._hold_back(agentpg.runs, text) is
  'A run whose next model call may not be made: it stops with the reason, or without one waits a moment.';

create function agentpg._admit(run agentpg.runs, request jsonb, messages_after bigint default null)
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
  v_text text := request::text;
  v_input bigint := ceil(octet_length(v_text) / 3.0);
  v_before agentpg.iterations;
  -- What else decides on the price, as the answer will name it.
  v_terms jsonb := jsonb_strip_nulls(jsonb_build_object('speed', request -> 'speed', 'inference_geo', request -> 'inference_geo'));
  v_input_usd numeric;
  v_output_usd numeric;
  v_room numeric;
  -- A shorter answer is allowed, but not one without room to say anything, nor to think as much as was asked for.
  v_least numeric := case when request #> '{thinking,budget_tokens}' is null then least(v_wanted, 512) else v_wanted end;
  v_free numeric := v_wanted;
  v_stop text;
begin
  select q.run_mode into v_mode from agentpg.queues q where q.id = run.queue_id;
  if messages_after is not null then
    -- The API itself has counted what was sent before.
    v_before := agentpg._call_before(run, messages_after);
    v_input := v_input + v_before.input_tokens + v_before.cache_creation_input_tokens + v_before.cache_read_input_tokens;
  end if;
  -- The dearest way to send it: all of it written to the cache.
  v_terms := v_terms || jsonb_build_object('cache_creation_input_tokens', v_input, 'cache_creation',
    jsonb_build_object('ephemeral_1h_input_tokens', case
      when v_mode = 'batch' or v_before.cache_creation_1h_input_tokens > 0 or strpos(v_text, '"ttl": "1h"') > 0 then v_input else 0
    end));
  v_input_usd := agentpg._cost_usd(request ->> 'model', v_mode, v_terms, agentpg.now());
  v_output_usd := (agentpg._cost_usd(request ->> 'model', v_mode, v_terms || '{"output_tokens": 1000000}', agentpg.now()) - v_input_usd) / 1000000;

  foreach v_id in array run.budget_ids loop
    v_budget := agentpg._add_up(v_id);
    if v_budget.id is null then
      -- One that was removed limits nothing any more.
      continue when not exists (select from agentpg.budgets b where b.id = v_id);
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
comment on function agentpg._admit(agentpg.runs, jsonb, bigint) is
  'Reserves the worst case of a run''s next model call in all its budgets, with a shorter answer if need be. False when it does not fit: the run waits for what others have reserved, or stops with the limit as its stop reason. Of a request that has only the messages after one, the rest counts as it was counted. The caller holds the run.';

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

commit;
