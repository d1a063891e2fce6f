-- Deploy agentpg:runs/pause_queue to pg
-- requires: runs/queues
-- requires: runs/announce
begin;

create function agentpg._pause_queue(queue_id integer, until timestamptz, reason text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('agentpg.bulk', true) = 'on' then
    -- Results of many models in one transaction, and another one that takes them in another order: no waiting.
    -- Whoever holds the queue pauses or parks it himself, or the next call that is refused will.
    perform from agentpg.queues q where q.id = _pause_queue.queue_id for no key update skip locked;
    if not found then
      return;
    end if;
  end if;
  update agentpg.queues q
  set paused_until = _pause_queue.until, pause_reason = _pause_queue.reason,
    spread_until = _pause_queue.until + s.resume_window, next_claim_at = _pause_queue.until
  from agentpg.settings s
  where q.id = _pause_queue.queue_id and (q.paused_until is null or q.paused_until < _pause_queue.until);
end
$$;
comment on function agentpg._pause_queue(integer, timestamptz, text) is
  'No claims from the queue before the given time, and spread out ones after it. A longer pause stays.';

create function agentpg._park_queue(queue_id integer, reason text, begun_at timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('agentpg.bulk', true) = 'on' then
    -- Results of many models in one transaction, and another one that takes them in another order: no waiting.
    -- Whoever holds the queue pauses or parks it himself, or the next call that is refused will.
    perform from agentpg.queues q where q.id = _park_queue.queue_id for no key update skip locked;
    if not found then
      return;
    end if;
  end if;
  update agentpg.queues q
  set parked_at = agentpg.now(), parked_reason = _park_queue.reason
  where q.id = _park_queue.queue_id and q.parked_at is null
    and (q.resumed_at is null or q.resumed_at <= _park_queue.begun_at);
end
$$;
comment on function agentpg._park_queue(integer, text, timestamptz) is
  'No claims from the queue until resume_parked(), unless it was resumed after the refused call had begun.';

create function agentpg.resume_parked(model text default null)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  update agentpg.queues q
  set parked_at = null, parked_reason = null, paused_until = null, pause_reason = null, spread_until = null,
    next_claim_at = null, resumed_at = agentpg.now()
  where q.parked_at is not null and (resume_parked.model is null or q.model = resume_parked.model);
  get diagnostics v_count = row_count;
  if v_count > 0 then
    perform agentpg._notify('agentpg_run_state', jsonb_build_object(
      'run_id', null, 'session_id', null, 'agent_id', null, 'state', 'pending', 'previous_state', 'pending', 'parent_run_id', null
    ), true);
  end if;
  return v_count;
end
$$;
comment on function agentpg.resume_parked(text) is
  'Lets runs go on that were parked because the API refused the key, the bill or the permission (HTTP 401, 402, 403, a spend limit): of one model, or of all. Returns how many queues were parked. Call it when the cause is mended.';

commit;
