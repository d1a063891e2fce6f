-- given_…: makes what a test starts from, through the public functions, and remembers it by name.
create function agentpg_test.given_tools(tools text[], instance_id uuid default null)
returns void
language sql
volatile
as $$
  select agentpg.register_tools(
    instance_id => instance_id,
    tools => coalesce(
      (
        select jsonb_agg(jsonb_build_object(
          'name', t.name, 'description', 'Tool ' || t.name || '.', 'input_schema', '{"type": "object", "properties": {}}'::jsonb
        ))
        from unnest(tools) t (name)
      ),
      '[]'
    )
  )
$$;

create function agentpg_test.given_instance(tools text[] default '{}', name text default 'executor')
returns uuid
language plpgsql
volatile
as $$
declare
  v_id uuid;
begin
  select i.instance_id into v_id from agentpg.register_instance(name => given_instance.name) i;
  perform agentpg_test.given_tools(tools, v_id);
  return agentpg_test.remember('instance', name, v_id);
end
$$;

-- Tools that nobody has registered yet are defined, so that the agent may list them.
create function agentpg_test.given_agent(
  name text default 'assistant',
  tools text[] default '{}',
  model text default 'claude-sonnet-4-5'
)
returns uuid
language plpgsql
volatile
as $$
declare
  v_new text[];
  v_agent agentpg.agents;
begin
  v_new := array(select t.name from unnest(tools) t (name) where not exists (
    select from agentpg.tools d where d.name = t.name
  ));
  if v_new <> '{}' then
    perform agentpg_test.given_tools(v_new);
  end if;
  v_agent := agentpg.create_agent(name => given_agent.name, model => given_agent.model, tools => given_agent.tools);
  return agentpg_test.remember('agent', name, v_agent.id);
end
$$;

create function agentpg_test.given_session(name text default 'session', metadata jsonb default '{}')
returns uuid
language sql
volatile
as $$
  select agentpg_test.remember('session', given_session.name, agentpg.create_session(metadata => given_session.metadata))
$$;

-- The session and the agent are made with their defaults where the test has not made them.
create function agentpg_test.given_run(
  name text default 'run',
  prompt text default 'Hello?',
  session text default 'session',
  agent text default 'assistant',
  mode agentpg.run_mode default 'streaming',
  options jsonb default '{}',
  variables jsonb default '{}',
  priority integer default 0,
  scheduled_at timestamptz default null
)
returns uuid
language plpgsql
volatile
as $$
begin
  if not exists (select from agentpg_test.known k where k.kind = 'session' and k.name = given_run.session) then
    perform agentpg_test.given_session(session);
  end if;
  if not exists (select from agentpg_test.known k where k.kind = 'agent' and k.name = given_run.agent) then
    perform agentpg_test.given_agent(agent);
  end if;
  return agentpg_test.remember('run', name, agentpg.create_run(
    session_id => agentpg_test.session_id(session),
    agent_id => agentpg_test.agent_id(agent),
    prompt => given_run.prompt,
    mode => given_run.mode,
    options => given_run.options,
    variables => given_run.variables,
    priority => given_run.priority,
    scheduled_at => given_run.scheduled_at
  ));
end
$$;
