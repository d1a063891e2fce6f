-- Deploy agentpg:registry/approval_rules to pg
-- requires: registry/freeze_prefix
begin;

-- The engine calls these functions with its own rights. So it calls only those of roles that have these rights anyway:
-- anybody else could put a body of his own choice in their place.
create function agentpg._approval_function(signature text)
returns regprocedure
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select p.oid::regprocedure
    from pg_catalog.pg_proc p
    where p.oid = to_regprocedure(signature) and p.prokind = 'f' and not p.proretset and p.prorettype = 'boolean'::regtype
      and pg_has_role(p.proowner, current_user, 'member')
  );
exception
  when others then
    -- Not a name at all.
    return null;
end
$$;
comment on function agentpg._approval_function(text) is
  'The function of this signature, when it may decide on approvals: it returns boolean and belongs to a role with the rights of the engine''s owner. Else null.';

create function agentpg._tool_approval(tool jsonb)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_approval jsonb := coalesce(tool -> 'approval', 'null');
  v_name text;
  v_function regprocedure;
begin
  if v_approval in ('null', 'false') then
    return null;
  elsif v_approval = 'true' then
    return 'always';
  elsif jsonb_typeof(v_approval) <> 'object' or jsonb_typeof(v_approval -> 'when') is distinct from 'string' or v_approval - 'when' <> '{}' then
    perform agentpg._refuse('AP109', format('approval of tool %s is %s', tool ->> 'name', v_approval),
      'true, or {"when": "schema.function"}', jsonb_build_object('tool', tool ->> 'name'));
  end if;
  v_name := v_approval ->> 'when';
  v_function := agentpg._approval_function(v_name || '(text, jsonb, uuid)');
  if v_function is null then
    perform agentpg._refuse('AP109', format('no function %s can decide on tool %s', v_name, tool ->> 'name'),
      format('it is named with its schema, takes (tool_name text, input jsonb, run_id uuid), returns boolean and belongs to %I or a role with the rights of it', current_user),
      jsonb_build_object('tool', tool ->> 'name'));
  elsif not has_function_privilege(session_user, v_function, 'execute') then
    perform agentpg._refuse('AP109', format('%s may not execute %s', session_user, v_name),
      'grant execute on the function to whoever registers the tool', jsonb_build_object('tool', tool ->> 'name'));
  end if;
  return v_function::text;
end
$$;
comment on function agentpg._tool_approval(jsonb) is
  'The approval of a tool definition as stored, or AP109. Who registers it must be allowed to execute the function: nobody gets the engine to call what he may not.';

create function agentpg._check_approval(approval jsonb, agent agentpg.agents, place text, sqlstate text, others boolean default false)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_known text[];
  v_unknown text;
begin
  if coalesce(jsonb_typeof(approval), 'boolean') = 'boolean' then
    return;
  end if;
  if jsonb_typeof(approval) <> 'array'
    or exists (select from jsonb_array_elements(approval) as a(name) where jsonb_typeof(a.name) <> 'string')
  then
    perform agentpg._refuse(sqlstate, format('%s must be true or an array of tool names', place), 'for example ["send_mail"]');
  end if;
  v_known := agent.tools || array(select d.name from agentpg._delegate_tools(agent) d) || agent.agent_ids::text[];
  select string_agg(a.name, ', ') into v_unknown
  from jsonb_array_elements_text(approval) as a(name)
  where a.name <> all (v_known)
    -- One that was deleted since does no harm.
    and not exists (select from agentpg.agents d where d.id::text = a.name)
    and not (others and exists (select from agentpg.tools t where t.name = a.name));
  if v_unknown is not null then
    perform agentpg._refuse(sqlstate, format('%s names what the agent does not have: %s', place, v_unknown),
      format('tools and delegates (by tool name or id): %s', array_to_string(v_known, ', ')));
  end if;
end
$$;
comment on function agentpg._check_approval(jsonb, agentpg.agents, text, text, boolean) is
  'Refuses, with the given code, what is neither a boolean nor a list of tools and delegates of the agent; with others, any registered tool passes (a delegate may have it).';

create function agentpg._covers(approval jsonb, tool_name text, agent_id text)
returns boolean
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case jsonb_typeof(approval)
    when 'boolean' then approval = 'true'
    when 'array' then approval ? tool_name or coalesce(approval ? agent_id, false)
    else false
  end;
end
$$;
comment on function agentpg._covers(jsonb, text, text) is 'Whether the approval of an agent or a run is about this tool or delegate.';

create function agentpg._ask_function(signature text, tool_name text, input jsonb, run_id uuid)
returns text
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_schema name;
  v_name name;
  v_asks boolean;
begin
  select n.nspname, p.proname into v_schema, v_name
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where p.oid = agentpg._approval_function(signature);
  if not found then
    return format('%s is gone', signature);
  end if;
  execute format('select %I.%I($1, $2, $3)', v_schema, v_name) into v_asks using tool_name, input, run_id;
  return case when v_asks then signature || ' asks for it' when v_asks is null then signature || ' gave null' end;
exception
  when others then
    return left(format('%s failed: %s', signature, sqlerrm), 1000);
end
$$;
comment on function agentpg._ask_function(text, text, jsonb, uuid) is
  'Why a function wants this call to wait; null when it may go. Nothing, an error or null is a yes.';

create function agentpg._calls_to_approve(run_id uuid, content jsonb, names text[], delegates jsonb, by_agent jsonb, by_run jsonb)
returns jsonb
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_object_agg(c.block_index, w.reason) filter (where w.reason is not null), '{}')
    from agentpg._tool_calls_in(content) c
    left join agentpg.tools t on t.name = c.tool_name and not delegates ? c.tool_name
    cross join lateral (
      select case
        when agentpg._covers(by_run, c.tool_name, delegates ->> c.tool_name) then 'the run asks for it'
        when agentpg._covers(by_agent, c.tool_name, delegates ->> c.tool_name) then 'the agent asks for it'
        when t.approval = 'always' then 'the tool asks for it'
        when t.approval is not null then agentpg._ask_function(t.approval, c.tool_name, coalesce(c.input, '{}'), run_id)
      end as reason
    ) w
    where c.tool_name = any (names)
  );
end
$$;
comment on function agentpg._calls_to_approve(uuid, jsonb, text[], jsonb, jsonb, jsonb) is
  'Which calls of an assistant message wait for a person: block index to the reason.';

commit;
