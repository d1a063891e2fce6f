-- Deploy agentpg:conversation/compaction_config to pg
-- requires: registry/models
-- requires: core/settings
-- requires: core/nearest_name
-- requires: core/validation
begin;

create function agentpg.compaction_defaults()
returns jsonb
language plpgsql
immutable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return '{
    "strategy": "hybrid",
    "trigger": 0.85,
    "target_tokens": 80000,
    "keep_last": 10,
    "protected_tokens": 40000,
    "max_context_tokens": null,
    "summarizer_model": null,
    "summarizer_max_tokens": 4096,
    "summarizer_input_tokens": 90000,
    "keep_tool_outputs": false,
    "instructions": null
  }';
end
$$;
comment on function agentpg.compaction_defaults() is
  'Compaction as it is unless a setting, an agent, a session, a run or a call says otherwise. strategy: hybrid (placeholders for tool outputs, and a summary if that is not enough), summarization, prune (placeholders alone), or a SQL function schema.name(session_id uuid, config jsonb) that returns a plan. trigger: share of max_context_tokens (null: of what the model takes) from which a context is compacted. target_tokens: size to come down to. keep_last messages, and the last protected_tokens, stay as they are. summarizer_model null: the cheapest known one. summarizer_input_tokens: how much one call summarizes. instructions: more for the summarizer.';

create function agentpg._strategy_function(name text)
returns regprocedure
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select p.oid::regprocedure
    from pg_catalog.pg_proc p
    where p.oid = to_regprocedure(name || '(uuid, jsonb)') and p.prokind = 'f' and not p.proretset and p.prorettype = 'jsonb'::regtype
      and pg_has_role(p.proowner, current_user, 'member')
  );
exception
  when others then
    -- Not a name at all.
    return null;
end
$$;
comment on function agentpg._strategy_function(text) is
  'The function of this name, when it may plan compactions: it takes (uuid, jsonb), returns jsonb and belongs to a role with the rights of the engine''s owner. Else null.';

create function agentpg._check_compaction(config jsonb, place text, code text)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_all jsonb;
  v_unknown text;
  v_key text;
  v_problem text;
begin
  if coalesce(config, 'null') = 'null' then
    return null;
  elsif jsonb_typeof(config) <> 'object' then
    perform agentpg._refuse(code, format('%s must be a JSON object, not %s', place, jsonb_typeof(config)), 'for example {"trigger": 0.7}');
  end if;
  v_unknown := agentpg._unknown_keys(config, array(select jsonb_object_keys(agentpg.compaction_defaults())));
  if v_unknown is not null then
    perform agentpg._refuse(code, format('%s has unknown keys: %s', place, v_unknown),
      agentpg._name_hint(v_unknown, array(select jsonb_object_keys(agentpg.compaction_defaults())), 'keys'));
  end if;
  foreach v_key in array array['target_tokens', 'summarizer_max_tokens', 'summarizer_input_tokens', 'max_context_tokens', 'keep_last', 'protected_tokens'] loop
    if coalesce(config -> v_key, 'null') <> 'null' and (
      jsonb_typeof(config -> v_key) <> 'number' or config ->> v_key !~ '^[0-9]{1,9}$'
      or (config ->> v_key = '0' and v_key not in ('keep_last', 'protected_tokens'))
    ) then
      perform agentpg._refuse(code, format('%s.%s is %s; it must be a whole number%s', place, v_key, config -> v_key,
        case when v_key in ('keep_last', 'protected_tokens') then ' of at least 0' else ' above 0' end));
    end if;
  end loop;
  v_all := agentpg.compaction_defaults() || jsonb_strip_nulls(config);
  v_problem := case
    when jsonb_typeof(v_all -> 'strategy') <> 'string' then 'strategy must be a text'
    when v_all ->> 'strategy' not in ('hybrid', 'summarization', 'prune') and agentpg._strategy_function(v_all ->> 'strategy') is null
      then format('strategy %s is none of hybrid, summarization, prune, nor a function (session_id uuid, config jsonb) that returns jsonb and whose owner has the rights of %I',
        v_all -> 'strategy', current_user)
    when jsonb_typeof(v_all -> 'keep_tool_outputs') <> 'boolean' then 'keep_tool_outputs must be true or false'
    when jsonb_typeof(v_all -> 'summarizer_model') not in ('string', 'null') or v_all ->> 'summarizer_model' = '' then 'summarizer_model must be the id of a model'
    when jsonb_typeof(v_all -> 'instructions') not in ('string', 'null') then 'instructions must be a text'
    when jsonb_typeof(v_all -> 'trigger') <> 'number' or (v_all ->> 'trigger')::numeric not between 0.01 and 1 then 'trigger must be a share between 0.01 and 1'
    when v_all ->> 'strategy' = 'prune' and (v_all ->> 'keep_tool_outputs')::boolean
      then 'strategy prune with keep_tool_outputs leaves nothing to do: prune replaces tool outputs'
    when (v_all ->> 'protected_tokens')::integer + (v_all ->> 'summarizer_max_tokens')::integer > (v_all ->> 'target_tokens')::integer
      then format('protected_tokens (%s) and summarizer_max_tokens (%s) must fit into target_tokens (%s), or no compaction can reach it',
        v_all ->> 'protected_tokens', v_all ->> 'summarizer_max_tokens', v_all ->> 'target_tokens')
    when (v_all ->> 'target_tokens')::integer >= (v_all ->> 'trigger')::numeric * (v_all ->> 'max_context_tokens')::integer
      then format('target_tokens (%s) must be below trigger (%s) of max_context_tokens (%s), or each compaction calls for the next one',
        v_all ->> 'target_tokens', v_all ->> 'trigger', v_all ->> 'max_context_tokens')
  end;
  if v_problem is not null then
    perform agentpg._refuse(code, format('%s: %s', place, v_problem), 'agentpg.compaction_defaults() says what holds for keys left out');
  elsif v_all ->> 'strategy' like '%.%' and not has_function_privilege(session_user, agentpg._strategy_function(v_all ->> 'strategy'), 'execute') then
    perform agentpg._refuse(code, format('%s: %s may not execute %s', place, session_user, v_all ->> 'strategy'),
      'grant execute on the function to whoever names it');
  end if;
  return nullif(jsonb_strip_nulls(config), '{}');
end
$$;
comment on function agentpg._check_compaction(jsonb, text, text) is
  'Compaction settings as stored, null for none, or the refusal that names the rule they break. Keys left out are judged at their defaults.';

create function agentpg._summarizer_model()
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select m.id
    from agentpg.models m
    cross join lateral (
      select p.input_usd + p.output_usd as price
      from agentpg.model_prices p
      where p.model = m.id and p.effective_on <= (agentpg.now() at time zone 'utc')::date and p.above_prompt_tokens = 0
      order by p.effective_on desc
      limit 1
    ) p
    where m.lifecycle = 'active'
    order by p.price, m.id
    limit 1
  );
end
$$;
comment on function agentpg._summarizer_model() is 'The cheapest model that is known, priced and not about to go; null when there is none.';

create function agentpg._compaction_config(config jsonb, model text)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_all jsonb := agentpg.compaction_defaults() || coalesce(jsonb_strip_nulls(config), '{}');
  v_window integer;
  v_trigger integer;
  v_target integer;
begin
  select coalesce((v_all ->> 'max_context_tokens')::integer, m.max_input_tokens) into v_window
  from (select) one left join agentpg.models m on m.id = _compaction_config.model;
  v_trigger := floor((v_all ->> 'trigger')::numeric * v_window);
  -- In a small window a large target would call for the next compaction at once.
  v_target := least((v_all ->> 'target_tokens')::integer, v_trigger / 2);
  return v_all || jsonb_build_object(
    'model', model,
    'max_context_tokens', v_window,
    'trigger_tokens', v_trigger,
    'target_tokens', v_target,
    'protected_tokens', least((v_all ->> 'protected_tokens')::integer, v_target / 2),
    'summarizer_model', coalesce(v_all ->> 'summarizer_model', agentpg._summarizer_model(), model)
  );
end
$$;
comment on function agentpg._compaction_config(jsonb, text) is
  'Compaction settings with the defaults and what follows from the model: its window, the trigger in tokens (both null when unknown), a target that fits, the summarizer.';

commit;
