-- Helpers remember the ids they make under short names, so that a test says run_id('second') and needs no variables.
create table agentpg_test.known (
  kind text not null,
  name text not null,
  id uuid not null,
  lease_token uuid,
  request jsonb,
  constraint known_pk primary key (kind, name)
);
grant select, insert, update, delete on agentpg_test.known to public;

create function agentpg_test.remember(kind text, name text, id uuid, lease_token uuid default null)
returns uuid
language sql
volatile
as $$
  insert into agentpg_test.known (kind, name, id, lease_token) values (kind, name, id, lease_token)
  on conflict on constraint known_pk do update set id = excluded.id, lease_token = excluded.lease_token
  returning id
$$;

create function agentpg_test.recall(kind text, name text)
returns uuid
language plpgsql
stable
as $$
declare
  v_id uuid;
begin
  select k.id into v_id from agentpg_test.known k where k.kind = recall.kind and k.name = recall.name;
  if v_id is null then
    raise exception 'the test has no % named %', kind, name;
  end if;
  return v_id;
end
$$;

create function agentpg_test.session_id(name text default 'session') returns uuid language sql stable
as $$ select agentpg_test.recall('session', name) $$;

create function agentpg_test.agent_id(name text default 'assistant') returns uuid language sql stable
as $$ select agentpg_test.recall('agent', name) $$;

create function agentpg_test.run_id(name text default 'run') returns uuid language sql stable
as $$ select agentpg_test.recall('run', name) $$;

create function agentpg_test.instance_id(name text default 'executor') returns uuid language sql stable
as $$ select agentpg_test.recall('instance', name) $$;

-- The model call claimed last for a run, the latest tool call by the model's id of it, and their lease tokens.
create function agentpg_test.iteration_id(run text default 'run') returns uuid language sql stable
as $$ select agentpg_test.recall('iteration', run) $$;

create function agentpg_test.tool_execution_id(tool_use_id text) returns uuid language sql stable
as $$
  select t.id from agentpg.tool_executions t where t.tool_use_id = tool_execution_id.tool_use_id order by t.id desc limit 1
$$;

create function agentpg_test.lease_of(kind text, name text) returns uuid language sql stable
as $$ select k.lease_token from agentpg_test.known k where k.kind = lease_of.kind and k.name = lease_of.name $$;

create function agentpg_test.run_lease(run text default 'run') returns uuid language sql stable
as $$ select agentpg_test.lease_of('iteration', run) $$;

create function agentpg_test.tool_lease(tool_use_id text) returns uuid language sql stable
as $$ select agentpg_test.lease_of('tool_execution', tool_use_id) $$;

-- The request that came with the claim of a run.
create function agentpg_test.request_of(run text default 'run') returns jsonb language sql stable
as $$ select k.request from agentpg_test.known k where k.kind = 'iteration' and k.name = run $$;

-- The name a test gave to a run, or the id of a run that it gave none.
create function agentpg_test.name_of_run(id uuid) returns text language sql stable
as $$
  select coalesce(
    (select k.name from agentpg_test.known k where k.kind = 'run' and k.id = name_of_run.id), name_of_run.id::text
  )
$$;
