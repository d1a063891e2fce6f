-- Deploy agentpg:runs/repair_output to pg
-- requires: runs/output_repairs
-- requires: runs/next_iteration
-- requires: events/emit_tools
-- requires: runs/iterations
-- requires: tools/open_calls
-- requires: registry/freeze_prefix
begin;

create function agentpg._output_text(content jsonb)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(string_agg(b.block ->> 'text', '' order by b.place), '')
  from jsonb_array_elements(content) with ordinality as b(block, place)
  where b.place > coalesce((
    select max(o.place) from jsonb_array_elements(content) with ordinality as o(block, place) where o.block ->> 'type' <> 'text'
  ), 0)
$$;
comment on function agentpg._output_text(jsonb) is
  'The text that an answer ends with: what a structured output is read from. Text before a call of a tool is not part of it.';

create function agentpg._is_json(said text)
returns boolean
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- json, not jsonb: a NUL in a string is sound JSON.
  return said::json is not null;
exception
  when data_exception or program_limit_exceeded then
    return false;
end
$$;
comment on function agentpg._is_json(text) is 'Whether a text is JSON and nothing else.';

create function agentpg._roomier_prefix(prefix_id uuid)
returns uuid
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_prefix agentpg.prompt_prefixes;
  v_max numeric;
  v_more numeric;
begin
  select p.* into v_prefix from agentpg.prompt_prefixes p where p.id = _roomier_prefix.prefix_id;
  v_max := (v_prefix.body ->> 'max_tokens')::numeric;
  select least(v_max * 4, (select m.max_output_tokens from agentpg.models m where m.id = v_prefix.model)) into v_more;
  if v_more <= v_max then
    return null;
  end if;
  v_prefix.body := v_prefix.body || jsonb_build_object('max_tokens', trunc(v_more));
  return agentpg._store_prefix(v_prefix);
end
$$;
comment on function agentpg._roomier_prefix(uuid) is
  'The same prefix with four times its max_tokens, at most what the model can write; null when it has that already.';

create function agentpg._output_fault(run agentpg.runs, response jsonb)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_repairs integer;
begin
  if response ->> 'stop_reason' not in ('max_tokens', 'refusal', 'end_turn') then
    return null;
  end if;
  select p.output_repairs into v_repairs from agentpg.prompt_prefixes p where p.id = run.prefix_id;
  if coalesce(v_repairs, 0) = 0
    or response ->> 'stop_reason' = 'end_turn' and agentpg._is_json(agentpg._output_text(response -> 'content'))
    or v_repairs <= (select count(*) from agentpg.output_repairs o where o.run_id = run.id)
    or run.iteration_number >= coalesce(run.iteration_limit, (select i.max_iterations from agentpg.run_inputs i where i.run_id = run.id))
  then
    return null;
  end if;
  return case response ->> 'stop_reason' when 'max_tokens' then 'truncated' when 'refusal' then 'refused' else 'not_json' end;
end
$$;
comment on function agentpg._output_fault(agentpg.runs, jsonb) is
  'What is wrong with an answer that must fit an output schema, if the model may be asked again; null when it is good, or must do.';

create function agentpg._repair_output(run agentpg.runs, response jsonb, request_id text, said jsonb)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_fault text := agentpg._output_fault(run, response);
  v_content jsonb;
  v_prefix_id uuid;
  v_answer_seq bigint;
  v_prompt_seq bigint;
begin
  if v_fault is null then
    return false;
  end if;
  if v_fault = 'truncated' then
    v_prefix_id := agentpg._roomier_prefix(run.prefix_id);
    if v_prefix_id is null then
      return false;
    end if;
  elsif v_fault = 'not_json' then
    v_content := agentpg._without_blank_text(response -> 'content');
    if v_content <> '[]' then
      v_answer_seq := agentpg._append_message(run.session_id, 'assistant', v_content, run.id, run.iteration_id, run.tenant_id);
    end if;
  end if;
  -- An answer that was cut or refused is no part of the transcript: the same is asked again, and the cache has it.
  perform agentpg._write_iteration(run, response, v_answer_seq, 0, request_id);
  perform agentpg._emit_finished(run, said);
  if v_fault = 'not_json' then
    -- A call beside a stop reason that asks for none is never made.
    perform agentpg._answer_call(run, c.tool_use_id, 'Not executed: the answer is made anew.')
    from (select t.tool_use_id from agentpg._tool_calls_in(v_content) t order by t.block_index) c;
    v_prompt_seq := agentpg._append_message(run.session_id, 'user', jsonb_build_array(jsonb_build_object(
      'type', 'text', 'text', 'That is not valid JSON. Answer again, with nothing but JSON that fits the output schema.'
    )), run.id, null, run.tenant_id);
  end if;
  insert into agentpg.output_repairs (run_id, iteration_number, reason, prompt_seq)
  values (run.id, run.iteration_number, v_fault, v_prompt_seq);
  if v_prefix_id is not null then
    update agentpg.runs r set prefix_id = v_prefix_id where r.id = run.id;
    run.prefix_id := v_prefix_id;
  end if;
  if v_answer_seq is null then
    run.context_tokens := greatest(run.context_tokens - agentpg._token_count(response -> 'usage', 'output_tokens'), 0);
  end if;
  perform agentpg._emit(run, 'output_repaired', jsonb_build_object('reason', v_fault), run.iteration_id);
  perform agentpg._next_iteration(run);
  return true;
end
$$;
comment on function agentpg._repair_output(agentpg.runs, jsonb, text, jsonb) is
  'An answer that does not fit the output schema of its run is stored and the model asked again, output_repairs times a run and within max_iterations; false when there is nothing to repair, or no repair left. The caller holds the locks of session and run.';

commit;
