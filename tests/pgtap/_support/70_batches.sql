-- What a worker does with batches. A batch is remembered as 'batch' with the lease it was claimed under last.
-- Volatile, so that the planner asks for none that the same statement is about to make.
create function agentpg_test.batch_id(name text default 'batch') returns uuid language plpgsql volatile
as $$ begin return agentpg_test.recall('batch', name); end $$;

create function agentpg_test.batch_lease(name text default 'batch') returns uuid language plpgsql volatile
as $$ begin return agentpg_test.lease_of('batch', name); end $$;

create function agentpg_test.batch_state(name text default 'batch') returns agentpg.batch_state language sql stable
as $$ select b.state from agentpg.batches b where b.id = agentpg_test.batch_id(name) $$;

-- Runs in batch mode, each in a session of its own: given_batch_runs('a', 'b').
create function agentpg_test.given_batch_runs(variadic names text[])
returns void
language plpgsql
volatile
as $$
declare
  v_name text;
begin
  foreach v_name in array names loop
    perform agentpg_test.given_run(v_name, prompt => v_name, session => 'session of ' || v_name, mode => 'batch');
  end loop;
end
$$;

-- Claims a batch and returns the names of its runs in their order, null when there is none.
create function agentpg_test.gather(
  batch text default 'batch', instance text default 'executor', max_requests integer default null, max_bytes bigint default null
)
returns text[]
language plpgsql
volatile
as $$
declare
  v_request record;
  v_run text;
  v_names text[];
begin
  for v_request in
    select c.* from agentpg.claim_batch(agentpg_test.instance_id(instance), gather.max_requests, gather.max_bytes) c
  loop
    select agentpg_test.name_of_run(m.run_id) into v_run
    from agentpg.batch_members m
    where m.batch_id = v_request.batch_id and agentpg._custom_id(m.batch_id, m.ordinal) = v_request.custom_id;
    perform agentpg_test.remember('batch', gather.batch, v_request.batch_id, v_request.lease_token);
    perform agentpg_test.remember('batch request', v_run, v_request.batch_id);
    update agentpg_test.known k set request = v_request.params where k.kind = 'batch request' and k.name = v_run;
    v_names := v_names || v_run;
  end loop;
  return v_names;
end
$$;

create function agentpg_test.batch_request_of(run text) returns jsonb language sql stable
as $$ select k.request from agentpg_test.known k where k.kind = 'batch request' and k.name = run $$;

-- The custom_id of a run in a batch.
create function agentpg_test.custom_id(run text default 'run', batch text default 'batch') returns text language sql stable
as $$
  select agentpg._custom_id(m.batch_id, m.ordinal)
  from agentpg.batch_members m
  where m.batch_id = agentpg_test.batch_id(batch) and m.run_id = agentpg_test.run_id(run)
$$;

-- Begins to send; returns the names of the runs that are to be left out.
create function agentpg_test.begin_sending(batch text default 'batch') returns text[] language plpgsql volatile
as $$
declare
  v_id uuid := agentpg_test.batch_id(batch);
  v_left text[];
begin
  v_left := array(select s from agentpg.start_batch_submission(v_id, agentpg_test.batch_lease(batch)) s);
  return (
    select array_agg(agentpg_test.name_of_run(m.run_id) order by m.ordinal)
    from agentpg.batch_members m
    where m.batch_id = v_id and agentpg._custom_id(m.batch_id, m.ordinal) = any (v_left)
  );
end
$$;

-- A MessageBatch as the API would tell it.
create function agentpg_test.message_batch(
  status text default 'in_progress', id text default 'msgbatch_1', counts jsonb default '{"processing": 1}', extra jsonb default '{}'
)
returns jsonb
language sql
stable
as $$
  select jsonb_build_object(
    'id', id, 'type', 'message_batch', 'processing_status', status,
    'request_counts', '{"processing": 0, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}'::jsonb || counts,
    'created_at', agentpg.now(), 'expires_at', agentpg.now() + interval '24 hours', 'archived_at', null
  ) || extra
$$;

create function agentpg_test.accepted(batch text default 'batch', provider_id text default 'msgbatch_1')
returns void
language plpgsql
volatile
as $$
begin
  perform agentpg.record_batch_submitted(
    agentpg_test.batch_id(batch), agentpg_test.batch_lease(batch), agentpg_test.message_batch(id => provider_id)
  );
end
$$;

-- Sends a gathered batch, and the provider takes it.
create function agentpg_test.send(batch text default 'batch', provider_id text default 'msgbatch_1') returns void language plpgsql volatile
as $$
begin
  perform agentpg_test.begin_sending(batch);
  perform agentpg_test.accepted(batch, provider_id);
end
$$;

-- Claims one batch that is due for a look, and returns what is to be done.
create function agentpg_test.poll(batch text default 'batch', instance text default 'executor')
returns text
language plpgsql
volatile
as $$
declare
  v_task record;
begin
  select * into v_task from agentpg.claim_batch_polls(agentpg_test.instance_id(instance));
  if v_task.batch_id is not null then
    perform agentpg_test.remember('batch', poll.batch, v_task.batch_id, v_task.lease_token);
  end if;
  return v_task.task;
end
$$;

create function agentpg_test.tell(told jsonb, batch text default 'batch') returns text language plpgsql volatile
as $$ begin return agentpg.record_batch_status(agentpg_test.batch_id(batch), agentpg_test.batch_lease(batch), told); end $$;

-- From gathered to results that may be read: sent, accepted, and ended when it is looked at ten minutes later.
create function agentpg_test.end_batch(batch text default 'batch', provider_id text default 'msgbatch_1', counts jsonb default null)
returns text
language plpgsql
volatile
as $$
begin
  perform agentpg_test.send(batch, provider_id);
  perform agentpg_test.advance('10 minutes');
  perform agentpg_test.poll(batch);
  return agentpg_test.tell(agentpg_test.message_batch('ended', provider_id, coalesce(counts, jsonb_build_object('succeeded', (
    select count(*) from agentpg.batch_members m where m.batch_id = agentpg_test.batch_id(batch)
  )))), batch);
end
$$;

-- A line of the results: the answer to a run, or a result of another kind.
create function agentpg_test.result_line(run text, result jsonb, batch text default 'batch') returns jsonb language sql stable
as $$ select jsonb_build_object('custom_id', agentpg_test.custom_id(run, batch), 'result', result) $$;

create function agentpg_test.succeeded(run text default 'run', message jsonb default null, batch text default 'batch')
returns jsonb
language sql
volatile
as $$
  select agentpg_test.result_line(run, jsonb_build_object('type', 'succeeded', 'message', coalesce(message, agentpg_test.reply_text('Hello ' || run))), batch)
$$;

create function agentpg_test.errored(run text, type text, message text default 'no', batch text default 'batch') returns jsonb language sql stable
as $$
  select agentpg_test.result_line(run, jsonb_build_object('type', 'errored', 'error', jsonb_build_object(
    'type', 'error', 'error', jsonb_build_object('type', errored.type, 'message', errored.message)
  )), batch)
$$;

-- Hands over lines; returns how many were settled, stored and ignored, as a row's text.
create function agentpg_test.take(variadic lines jsonb[]) returns text language plpgsql volatile
as $$
begin
  return (select r::text from agentpg.record_batch_results(agentpg_test.batch_id(), agentpg_test.batch_lease(), to_jsonb(lines)) r);
end
$$;

create function agentpg_test.ingested(line_count integer, batch text default 'batch') returns boolean language plpgsql volatile
as $$ begin return agentpg.record_batch_ingested(agentpg_test.batch_id(batch), agentpg_test.batch_lease(batch), line_count); end $$;

create function agentpg_test.batch_error(error jsonb, retry_after interval default null, batch text default 'batch')
returns agentpg.batch_state
language plpgsql
volatile
as $$
begin
  return (
    select e.state from agentpg.record_batch_error(
      agentpg_test.batch_id(batch), agentpg_test.batch_lease(batch), batch_error.error, batch_error.retry_after
    ) e
  );
end
$$;
