-- Deploy agentpg:runs/record_abandoned to pg
-- requires: runs/leased_run
-- requires: registry/cost
-- requires: runs/budgets
begin;

create function agentpg.record_abandoned(iteration_id uuid, lease_token uuid, usage jsonb, request_id text default null)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_attempt agentpg.failed_attempts;
begin
  if jsonb_typeof(usage) is distinct from 'object' then
    perform agentpg._refuse('AP100', 'usage must be a JSON object', 'the usage object of the API as far as it is known, for example {"input_tokens": 100, "output_tokens": 7}');
  end if;
  -- Held, so that the run is not deleted meanwhile.
  perform agentpg._lock_run(agentpg._run_of_iteration(record_abandoned.iteration_id));
  select f.* into v_attempt
  from agentpg.failed_attempts f
  join agentpg.runs r on r.id = f.run_id
  where r.id = agentpg._run_of_iteration(record_abandoned.iteration_id) and r.iteration_id = record_abandoned.iteration_id and f.iteration_id = r.iteration_id
    and f.lease_token = record_abandoned.lease_token and f.kind = 'abandoned';
  if not found then
    return false;
  end if;
  insert into agentpg.iterations (
    id, run_id, number, attempt, rescue_attempts, run_mode, trigger_type, model, prefix_id, instance_id, lease_token, request_seq,
    input_tokens, output_tokens, cache_creation_input_tokens, cache_creation_1h_input_tokens, cache_read_input_tokens, cost_usd,
    usage, request_id, started_at
  )
  select r.iteration_id, r.id, r.iteration_number, r.attempt, r.rescue_attempts, q.run_mode, 'continuation', q.model, r.prefix_id,
    v_attempt.instance_id, v_attempt.lease_token,
    (select coalesce(max(m.seq), 1) from agentpg.messages m where m.session_id = r.session_id and m.run_id = r.id),
    u.*, record_abandoned.usage, record_abandoned.request_id, v_attempt.started_at
  from agentpg.runs r
  join agentpg.queues q on q.id = r.queue_id
  cross join lateral agentpg._billed(q.model, q.run_mode, record_abandoned.usage, agentpg.now()) u
  where r.id = v_attempt.run_id
  on conflict do nothing;
  if found then
    perform agentpg._spend(r.budget_ids, t)
    from agentpg.runs r join agentpg.iterations t on t.run_id = r.id and t.number = r.iteration_number
    where r.id = v_attempt.run_id and r.budget_ids is not null;
  end if;
  return true;
end
$$;
comment on function agentpg.record_abandoned(uuid, uuid, jsonb, text) is
  'After a run was cancelled under a worker that streamed: what the aborted call had used, as far as the worker knows. Counted once. False when nothing was abandoned under this lease token. Errors: AP100.';

commit;
