-- Deploy agentpg:runs/queue_id to pg
-- requires: runs/queues
begin;

create function agentpg._queue_id(run_mode agentpg.run_mode, model text)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_id integer;
begin
  select q.id into v_id from agentpg.queues q where q.run_mode = _queue_id.run_mode and q.model = _queue_id.model;
  if not found then
    insert into agentpg.queues (run_mode, model) values (_queue_id.run_mode, _queue_id.model) on conflict do nothing;
    select q.id into v_id from agentpg.queues q where q.run_mode = _queue_id.run_mode and q.model = _queue_id.model;
  end if;
  return v_id;
end
$$;
comment on function agentpg._queue_id(agentpg.run_mode, text) is 'The queue of a mode and model, made when it is the first of its kind.';

commit;
