-- Agents that delegate, and the runs below a run.
create function agentpg_test.given_manager(
  name text default 'manager',
  delegates text[] default '{worker}',
  tools text[] default '{}',
  metadata jsonb default '{}',
  config jsonb default '{}'
)
returns uuid
language plpgsql
volatile
as $$
declare
  v_agent agentpg.agents;
begin
  v_agent := agentpg.create_agent(
    name => given_manager.name, model => 'claude-sonnet-4-5', tools => given_manager.tools,
    agent_ids => array(select agentpg_test.agent_id(d.name) from unnest(delegates) with ordinality as d(name, place) order by d.place),
    metadata => given_manager.metadata, config => given_manager.config
  );
  return agentpg_test.remember('agent', name, v_agent.id);
end
$$;

create function agentpg_test.task_for(delegate text, id text default 'toolu_1', task text default 'Look.') returns jsonb language sql immutable
as $$ select agentpg_test.tool_use_block(id, delegate, jsonb_build_object('task', task)) $$;

-- Remembers the run that answers a call under a name.
create function agentpg_test.child_of(tool_use_id text default 'toolu_1', name text default 'child') returns uuid language sql volatile
as $$
  select agentpg_test.remember('run', child_of.name, (
    select e.child_run_id from agentpg.tool_executions e where e.id = agentpg_test.tool_execution_id(child_of.tool_use_id)
  ))
$$;

-- Run 'run' of agent 'manager' has called its delegate 'worker', whose run is 'child'; both agents as the test made them, or plain.
create function agentpg_test.given_child(
  mode agentpg.run_mode default 'streaming', options jsonb default '{}', variables jsonb default '{}', priority integer default 0
)
returns uuid
language plpgsql
volatile
as $$
begin
  if not exists (select from agentpg_test.known k where k.kind = 'instance' and k.name = 'executor') then
    perform agentpg_test.given_instance();
  end if;
  if not exists (select from agentpg_test.known k where k.kind = 'agent' and k.name = 'worker') then
    perform agentpg_test.given_agent('worker');
  end if;
  if not exists (select from agentpg_test.known k where k.kind = 'agent' and k.name = 'manager') then
    perform agentpg_test.given_manager();
  end if;
  perform agentpg_test.given_run(
    agent => 'manager', mode => given_child.mode, options => given_child.options, variables => given_child.variables,
    priority => given_child.priority
  );
  if mode = 'batch' then
    perform agentpg_test.advance('1 minute');
    perform agentpg_test.gather();
    perform agentpg_test.end_batch();
    perform agentpg_test.take(agentpg_test.succeeded('run', agentpg_test.reply_tool_uses(agentpg_test.task_for('worker'))));
    perform agentpg_test.ingested(1);
  else
    perform agentpg_test.claim_one();
    perform agentpg_test.answer(agentpg_test.reply_tool_uses(agentpg_test.task_for('worker')));
  end if;
  return agentpg_test.child_of();
end
$$;

-- What the model was told about a call, each result that there is.
create function agentpg_test.results_of(tool_use_id text default 'toolu_1') returns text[] language sql stable
as $$
  select array_agg(concat(case when b.block ->> 'is_error' = 'true' then 'error: ' end, b.block ->> 'content') order by m.seq)
  from agentpg.messages m
  cross join lateral jsonb_array_elements(m.content) as b(block)
  where b.block ->> 'type' = 'tool_result' and b.block ->> 'tool_use_id' = results_of.tool_use_id
$$;

create function agentpg_test.tool_names_of(agent text default 'manager') returns text[] language sql stable
as $$
  select array(select t.tool ->> 'name' from jsonb_array_elements(p.body -> 'tools') with ordinality as t(tool, place) order by t.place)
  from agentpg.agents a
  join agentpg.prompt_prefixes p on p.id = a.prefix_id
  where a.id = agentpg_test.agent_id(agent)
$$;

-- One assertion: nothing is that may never be.
create function agentpg_test.all_is_well() returns text language plpgsql volatile
as $$ begin return is_empty('select rule, detail from agentpg.invariant_violations', 'no invariant is violated'); end $$;
