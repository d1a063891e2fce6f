-- Deploy agentpg:runs/containers to pg
-- requires: runs/runs
begin;

create function agentpg._keep_container(run agentpg.runs, container jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update agentpg.runs r
  set container = jsonb_build_object('id', _keep_container.container -> 'id', 'expires_at', _keep_container.container -> 'expires_at')
  where r.id = run.id;
end
$$;
comment on function agentpg._keep_container(agentpg.runs, jsonb) is
  'Remembers in which container the API ran code for a run. The caller holds the locks of session and run.';

create function agentpg._with_container(body jsonb, container jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_expires_at timestamptz;
begin
  begin
    v_expires_at := (container ->> 'expires_at')::timestamptz;
  exception
    when data_exception then
      -- Whatever it says, the API will say no sooner than it must.
      v_expires_at := null;
  end;
  if container is null or v_expires_at <= agentpg.now() then
    return body;
  end if;
  return body || jsonb_build_object('container', case jsonb_typeof(body -> 'container')
    when 'object' then body -> 'container' || jsonb_build_object('id', container -> 'id')
    else container -> 'id'
  end);
end
$$;
comment on function agentpg._with_container(jsonb, jsonb) is
  'The request goes on in the container of its run: code that waits for the result of a tool is there, and files are. One that has expired is left out.';

commit;
