-- Deploy agentpg:runs/check_options to pg
-- requires: registry/check_agent
-- requires: conversation/create_session
begin;

create function agentpg._check_limit_values(options jsonb)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if options ? 'max_iterations' then
    perform agentpg._check_count(options -> 'max_iterations', 'option max_iterations', 1, 65535);
  end if;
  if options ? 'max_continuations' then
    perform agentpg._check_count(options -> 'max_continuations', 'option max_continuations', 0, 30000);
  end if;
  if options ? 'max_tokens' then
    perform agentpg._check_count(options -> 'max_tokens', 'option max_tokens', 1);
  end if;
  if options ? 'max_cost_usd' and (jsonb_typeof(options -> 'max_cost_usd') <> 'number' or (options ->> 'max_cost_usd')::numeric <= 0) then
    perform agentpg._refuse('AP108', format('option max_cost_usd is %s; it must be a number above 0', options -> 'max_cost_usd'),
      'USD, for example 0.5; leave it out for no limit');
  end if;
  if options ? 'max_depth' then
    perform agentpg._check_count(options -> 'max_depth', 'option max_depth', 0);
  end if;
end
$$;
comment on function agentpg._check_limit_values(jsonb) is 'AP108 unless each limit among run options has a value that it can have.';

create function agentpg._check_options(options jsonb, agent agentpg.agents)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_known text[];
  v_unknown text;
  v_key text;
begin
  if options is null or options in ('null', '{}') then
    return '{}'::jsonb;
  end if;
  if jsonb_typeof(options) <> 'object' then
    perform agentpg._refuse('AP111', format('options must be a JSON object, not %s', jsonb_typeof(options)));
  end if;
  v_known := array[
    'variables', 'override_instructions', 'append_instructions', 'tools', 'model', 'request',
    'max_iterations', 'max_continuations', 'deadline', 'stream_after_turns', 'stream_from', 'max_depth',
    'max_tokens', 'max_cost_usd', 'on_busy', 'approval', 'events', 'auto_compaction', 'compaction'
  ] || agentpg._feature_names();
  v_unknown := agentpg._unknown_keys(options, v_known);
  if v_unknown is not null then
    perform agentpg._refuse('AP101', format('unknown run options: %s', v_unknown),
      agentpg._name_hint(v_unknown, v_known, 'options') || '; parameters of the Messages API go into "request"');
  end if;
  -- A key with null is a key left out.
  select coalesce(jsonb_object_agg(o.key, o.value), '{}') into options from jsonb_each(options) o where o.value <> 'null';

  foreach v_key in array array['override_instructions', 'append_instructions', 'model', 'on_busy'] loop
    if options ? v_key and jsonb_typeof(options -> v_key) <> 'string' then
      perform agentpg._refuse('AP111', format('option %s must be a text', v_key));
    end if;
  end loop;
  if options ? 'events' and jsonb_typeof(options -> 'events') <> 'boolean' then
    perform agentpg._refuse('AP111', 'option events must be true or false');
  end if;
  if options ? 'auto_compaction' and jsonb_typeof(options -> 'auto_compaction') <> 'boolean' then
    perform agentpg._refuse('AP111', 'option auto_compaction must be true or false');
  end if;
  perform agentpg._check_compaction(options -> 'compaction', 'option compaction', 'AP111');
  if options ? 'on_busy' then
    perform agentpg._check_on_busy(options ->> 'on_busy', 'AP111');
  end if;
  if options ->> 'model' = '' then
    perform agentpg._refuse('AP111', 'option model is empty');
  end if;
  perform agentpg._check_request(options -> 'request', 'AP111', 'option request');
  perform agentpg._check_features(options, 'option ', 'AP111');
  if options ? 'tools' then
    if jsonb_typeof(options -> 'tools') <> 'array'
      or exists (select from jsonb_array_elements(options -> 'tools') as t(tool) where jsonb_typeof(t.tool) <> 'string')
    then
      perform agentpg._refuse('AP111', 'option tools must be an array of tool names');
    end if;
    select string_agg(t.name, ', ') into v_unknown
    from jsonb_array_elements_text(options -> 'tools') as t(name)
    where t.name <> all (agent.tools || array(select d.name from agentpg._delegate_tools(agent) d));
    if v_unknown is not null then
      perform agentpg._refuse('AP111', format('option tools names tools that the agent does not have: %s', v_unknown),
        format('the agent has: %s', array_to_string(agent.tools || array(select d.name from agentpg._delegate_tools(agent) d), ', ')));
    end if;
  end if;
  perform agentpg._check_approval(options -> 'approval', agent, 'option approval', 'AP111', others => true);
  perform agentpg._check_limit_values(options);
  if options ? 'stream_after_turns' then
    perform agentpg._check_count(options -> 'stream_after_turns', 'option stream_after_turns', 1);
  end if;
  perform agentpg._option_time(options, o.name) from unnest(array['deadline', 'stream_from']) as o(name);
  return options;
end
$$;
comment on function agentpg._check_options(jsonb, agentpg.agents) is
  'Run options as stored, without null values, or AP101, AP108, AP111, AP254 to AP256.';

create function agentpg._option_time(options jsonb, name text)
returns timestamptz
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_time timestamptz;
begin
  begin
    v_time := (options ->> name)::timestamptz;
  exception
    when data_exception then
      perform agentpg._refuse('AP111', format('option %s is not a time: %s', name, options -> name),
        'for example "2027-01-31T12:00:00Z"');
  end;
  if not isfinite(v_time) then
    perform agentpg._refuse('AP111', format('option %s must be a finite time', name), 'leave it out for none');
  end if;
  return v_time;
end
$$;
comment on function agentpg._option_time(jsonb, text) is 'A time among the run options, null for none, or AP111.';

create function agentpg._check_mode(mode agentpg.run_mode, options jsonb, body jsonb)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_denied text;
begin
  if (mode = 'streaming' or options ?| array['stream_after_turns', 'stream_from']) and body -> 'betas' ? 'output-300k-2026-03-24' then
    perform agentpg._refuse('AP111', 'beta output-300k-2026-03-24 is for requests in batches', 'leave it out, or use mode batch to the end', '{"option": "betas"}');
  end if;
  if mode = 'streaming' then
    if options ?| array['stream_after_turns', 'stream_from'] then
      perform agentpg._refuse('AP111', 'options stream_after_turns and stream_from are for runs in batch mode', 'leave them out, or use mode batch');
    end if;
    return;
  end if;
  select string_agg(k.key, ', ' order by k.key) into v_denied
  from jsonb_each(body) as k(key, value)
  where k.value <> 'null' and k.key in (
    'stream', 'speed', 'thread', 'threads', 'store', 'previous_thread_event_id', 'cache_hint', 'context_hint', 'fallbacks'
  );
  if v_denied is not null then
    perform agentpg._refuse('AP111', format('a request in a batch may not carry %s', v_denied),
      'leave it out of the options and of the agent''s config, or use mode streaming', jsonb_build_object('option', v_denied));
  elsif body #>> '{billing_policy,bill_to}' = 'user_profile' then
    perform agentpg._refuse('AP111', 'a request in a batch may not carry billing_policy with bill_to user_profile',
      'leave it out, or use mode streaming', '{"option": "billing_policy"}');
  end if;
end
$$;
comment on function agentpg._check_mode(agentpg.run_mode, jsonb, jsonb) is
  'AP111 for an option or request parameter that the mode does not take (for batches as the API documents it).';

create function agentpg._run_limit(name text, options jsonb, config jsonb, fallback integer)
returns integer
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce((options ->> name)::integer, (config ->> name)::integer, fallback);
end
$$;
comment on function agentpg._run_limit(text, jsonb, jsonb, integer) is
  'A limit of a run: its option, else the agent''s config, else the setting.';

create function agentpg._check_variables(variables jsonb, options jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_max integer;
begin
  if coalesce(jsonb_typeof(options -> 'variables'), 'object') <> 'object'
    or jsonb_typeof(coalesce(variables, '{}')) <> 'object'
  then
    perform agentpg._refuse('AP114', 'variables must be a JSON object', 'for example {"user_id": 7}');
  end if;
  variables := nullif(coalesce(options -> 'variables', '{}') || coalesce(variables, '{}'), '{}');
  select s.max_content_bytes into v_max from agentpg.settings s;
  if octet_length(variables::text) > v_max then
    perform agentpg._refuse('AP105', format('variables have %s bytes; at most %s are allowed', octet_length(variables::text), v_max));
  end if;
  return variables;
end
$$;
comment on function agentpg._check_variables(jsonb, jsonb) is
  'Variables as stored: those of the argument over those in the options; null for none. AP105, AP114.';

commit;
