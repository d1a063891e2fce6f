-- Deploy agentpg:registry/register_tools to pg
-- requires: registry/instances
-- requires: registry/freeze_prefix
-- requires: registry/register_instance
-- requires: registry/approval_rules
begin;

create function agentpg._check_tool(tool jsonb, index integer)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_name text := tool ->> 'name';
begin
  if jsonb_typeof(tool) <> 'object' then
    perform agentpg._refuse('AP100', format('tool %s is not an object', index));
  end if;
  if coalesce(v_name, '') !~ '^[a-zA-Z0-9_-]{1,64}$' then
    perform agentpg._refuse('AP107', format('tool %s has no valid name: %L', index, v_name),
      'letters, digits, _ and -, at most 64 characters', jsonb_build_object('tool', v_name));
  end if;
  if coalesce(jsonb_typeof(tool -> 'description'), 'string') not in ('string', 'null') then
    perform agentpg._refuse('AP100', format('the description of tool %s is not a text', v_name), null, jsonb_build_object('tool', v_name));
  end if;
  if coalesce(jsonb_typeof(tool -> 'input_schema'), 'none') <> 'object'
    or tool #>> '{input_schema,type}' is distinct from 'object'
    or coalesce(jsonb_typeof(tool #> '{input_schema,properties}'), 'object') <> 'object'
    or coalesce(jsonb_typeof(tool #> '{input_schema,required}'), 'array') <> 'array'
  then
    perform agentpg._refuse('AP106', format('the input_schema of tool %s is not a JSON Schema of type "object"', v_name),
      'for example {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}',
      jsonb_build_object('tool', v_name));
  end if;
  if tool ? 'max_attempts' and tool -> 'max_attempts' <> 'null' then
    perform agentpg._check_count(tool -> 'max_attempts', format('max_attempts of tool %s', v_name), 1);
  end if;
  if tool ? 'timeout_seconds' and tool -> 'timeout_seconds' <> 'null'
    and (jsonb_typeof(tool -> 'timeout_seconds') <> 'number' or (tool ->> 'timeout_seconds')::numeric not between 0.001 and 31536000)
  then
    perform agentpg._refuse('AP108', format('timeout_seconds of tool %s must be between 0.001 and 31536000', v_name), null, jsonb_build_object('tool', v_name));
  end if;
  if tool ? 'retry_jitter' and tool -> 'retry_jitter' <> 'null'
    and (jsonb_typeof(tool -> 'retry_jitter') <> 'number' or (tool ->> 'retry_jitter')::numeric not between 0 and 1)
  then
    perform agentpg._refuse('AP108', format('retry_jitter of tool %s must be between 0 and 1', v_name), null, jsonb_build_object('tool', v_name));
  end if;
end
$$;
comment on function agentpg._check_tool(jsonb, integer) is 'AP100, AP106, AP107 or AP108 unless the tool definition is sound.';

create function agentpg.register_tools(instance_id uuid, tools jsonb)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_changed text[];
  v_count integer;
begin
  if tools is null or jsonb_typeof(tools) <> 'array' then
    perform agentpg._refuse('AP100', 'tools must be a JSON array of {name, description, input_schema}');
  end if;
  perform agentpg._check_tool(t.tool, (t.place - 1)::integer)
  from jsonb_array_elements(register_tools.tools) with ordinality as t(tool, place);
  if instance_id is not null then
    perform agentpg._check_instance(register_tools.instance_id);
    -- No sweep removes the row from here on; one that came before is waited for, and the second check says so.
    perform from agentpg.instances i where i.id = register_tools.instance_id for key share;
    perform agentpg._check_instance(register_tools.instance_id);
  end if;

  -- Names are taken in order, so that two registrations cannot deadlock.
  with given as (
    select distinct on (t.tool ->> 'name')
      t.tool ->> 'name' as name,
      t.tool - array['max_attempts', 'timeout_seconds', 'retry_jitter', 'approval'] as definition,
      (t.tool ->> 'max_attempts')::integer as max_attempts,
      make_interval(secs => (t.tool ->> 'timeout_seconds')::double precision) as timeout,
      (t.tool ->> 'retry_jitter')::numeric as retry_jitter,
      agentpg._tool_approval(t.tool) as approval,
      t.tool ? 'approval' as says_approval
    from jsonb_array_elements(register_tools.tools) with ordinality as t(tool, place)
    order by t.tool ->> 'name', t.place desc
  ), stored as (
    insert into agentpg.tools as t (name, definition, max_attempts, timeout, retry_jitter, approval)
    select g.name, g.definition, g.max_attempts, g.timeout, g.retry_jitter, g.approval from given g order by g.name
    on conflict on constraint tools_pk do update
    set definition = excluded.definition, max_attempts = excluded.max_attempts, timeout = excluded.timeout,
      retry_jitter = excluded.retry_jitter, updated_at = agentpg.now(),
      -- A worker that does not know of approvals, an older release of it perhaps, takes none away.
      approval = case when (select g.says_approval from given g where g.name = t.name) then excluded.approval else t.approval end
    where (t.definition, t.max_attempts, t.timeout, t.retry_jitter)
      is distinct from (excluded.definition, excluded.max_attempts, excluded.timeout, excluded.retry_jitter)
      or (t.approval is distinct from excluded.approval and (select g.says_approval from given g where g.name = t.name))
    returning t.name
  )
  select array_agg(s.name) into v_changed from stored s;

  if v_changed is not null then
    perform from agentpg.agents a
    where a.tools && v_changed and a.deleted_at is null
    order by a.id
    for no key update;
    update agentpg.agents a
    set prefix_id = agentpg._refreeze(a)
    where a.tools && v_changed and a.deleted_at is null;
  end if;

  if register_tools.instance_id is not null then
    insert into agentpg.instance_tools (instance_id, tool_name)
    select distinct register_tools.instance_id, t.tool ->> 'name'
    from jsonb_array_elements(register_tools.tools) as t(tool)
    on conflict do nothing;
    update agentpg.tools t set unoffered_since = null
    where t.unoffered_since is not null
      and t.name in (select g.tool ->> 'name' from jsonb_array_elements(register_tools.tools) as g(tool));
  end if;
  v_count := jsonb_array_length(register_tools.tools);
  return v_count;
end
$$;
comment on function agentpg.register_tools(uuid, jsonb) is
  'Defines tools and says that the instance can execute them (a null instance only defines). Each is {name, description, input_schema} and may carry max_attempts, timeout_seconds, retry_jitter and approval (true: each call waits for a person; {"when": "schema.function"}: those for which this function of (tool_name text, input jsonb, run_id uuid) does not return false; false or null: none; left out: as it was); other keys go to the API. New runs use the new definition, existing ones keep theirs. Errors: AP007, AP100, AP106 to AP109.';

commit;
