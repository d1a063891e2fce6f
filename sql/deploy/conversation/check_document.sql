-- Deploy agentpg:conversation/check_document to pg
-- requires: core/validation
-- requires: tools/open_calls
begin;

create function agentpg._refuse_document(place text, problem text)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._refuse('AP264', format('%s %s', place, problem), 'agentpg.export_session() makes documents that can be imported',
    jsonb_build_object('place', place));
end
$$;
comment on function agentpg._refuse_document(text, text) is 'AP264: a document that cannot be imported, and where.';

create function agentpg._check_field(value jsonb, wanted text, place text)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_uuid constant text := '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
  v_kind text := rtrim(wanted, '?');
begin
  if coalesce(value, 'null') = 'null' then
    if v_kind = wanted then
      perform agentpg._refuse_document(place, 'is missing');
    end if;
    return;
  end if;
  case
    when v_kind = 'uuid' then
      if jsonb_typeof(value) <> 'string' or value #>> '{}' !~* v_uuid then
        perform agentpg._refuse_document(place, format('is no UUID: %s', left(value::text, 60)));
      end if;
    when v_kind = 'count' then
      if jsonb_typeof(value) <> 'number' or value::text !~ '^[0-9]{1,15}$' then
        perform agentpg._refuse_document(place, format('is no whole number from 0 on: %s', left(value::text, 60)));
      end if;
    when v_kind = 'time' then
      perform (value #>> '{}')::timestamptz;
    when v_kind = 'ranges' then
      perform (value #>> '{}')::int8multirange;
    when v_kind like '=%' then
      if jsonb_typeof(value) <> 'string' or value #>> '{}' <> all (string_to_array(substr(v_kind, 2), '|')) then
        perform agentpg._refuse_document(place, format('is %s, not one of %s', left(value::text, 60), replace(substr(v_kind, 2), '|', ', ')));
      end if;
    when jsonb_typeof(value) <> v_kind then
      perform agentpg._refuse_document(place, format('is not of type %s', v_kind));
    else
      null;
  end case;
exception
  when data_exception then
    perform agentpg._refuse_document(place, format('cannot be read: %s', sqlerrm));
end
$$;
comment on function agentpg._check_field(jsonb, text, text) is
  'AP264 unless a value is what a document wants: a JSON type, uuid, count, time, ranges, or =one|of|these; with ? it may be missing.';

create function agentpg._check_items(items jsonb, at text, fields jsonb)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_item record;
begin
  perform agentpg._check_field(items, 'array', at);
  for v_item in
    select format('%s[%s]', at, i.place - 1) as place, i.item, f.key, f.value #>> '{}' as wanted
    from jsonb_array_elements(items) with ordinality as i(item, place)
    cross join lateral jsonb_each(fields) f
  loop
    if jsonb_typeof(v_item.item) <> 'object' then
      perform agentpg._refuse_document(v_item.place, 'is not of type object');
    end if;
    perform agentpg._check_field(v_item.item -> v_item.key, v_item.wanted, v_item.place || '.' || v_item.key);
  end loop;
end
$$;
comment on function agentpg._check_items(jsonb, text, jsonb) is 'Each item of an array is an object with these fields, or AP264.';

create function agentpg._check_transcript(session jsonb, at text)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_bad record;
begin
  perform agentpg._check_items(session -> 'messages', at || '.messages',
    '{"seq": "count", "role": "=user|assistant|system", "content": "array", "run_id": "uuid?", "iteration_id": "uuid?", "created_at": "time"}');
  for v_bad in
    select m.place - 1 as place, m.message
    from jsonb_array_elements(session -> 'messages') with ordinality as m(message, place)
    where (m.message ->> 'seq')::bigint <> (session #>> '{messages,0,seq}')::bigint + m.place - 1
      or (m.message ->> 'seq')::bigint = 0
      or m.message -> 'content' = '[]'
      or exists (select from jsonb_array_elements(m.message -> 'content') b(block) where jsonb_typeof(b.block -> 'type') is distinct from 'string')
    order by m.place
    limit 1
  loop
    perform agentpg._refuse_document(format('%s.messages[%s]', at, v_bad.place),
      'is out of order, or has content that is no array of blocks');
  end loop;

  select r.place - 1 as place into v_bad
  from jsonb_array_elements(session -> 'runs') with ordinality as r(run, place)
  where coalesce((session #>> '{messages,-1,seq}')::bigint, 0) < greatest(
    (select max((t.iteration ->> 'response_seq')::bigint) from jsonb_array_elements(r.run -> 'iterations') t(iteration)),
    (select max(greatest((e.call ->> 'message_seq')::bigint, (e.call ->> 'result_seq')::bigint)) from jsonb_array_elements(r.run -> 'tool_executions') e(call))
  )
  order by r.place
  limit 1;
  if found then
    perform agentpg._refuse_document(format('%s.runs[%s]', at, v_bad.place), 'refers to a message after the last one');
  end if;

  -- Between a call and the next answer of the model stands its one result.
  with message as materialized (
    select m.place - 1 as place, m.message, count(*) filter (where m.message ->> 'role' = 'assistant') over (order by m.place) as segment
    from jsonb_array_elements(session -> 'messages') with ordinality as m(message, place)
  ), call as (
    select m.place, m.segment, c.tool_use_id, m.message ->> 'run_id' as run_id, m.message ->> 'seq' as seq, c.block_index
    from message m
    cross join lateral agentpg._tool_calls_in(m.message -> 'content') c
    where m.message ->> 'role' = 'assistant'
  ), result as (
    select m.place, m.segment, b.block ->> 'tool_use_id' as tool_use_id
    from message m
    cross join lateral jsonb_array_elements(m.message -> 'content') b(block)
    where m.message ->> 'role' = 'user' and b.block ->> 'type' = 'tool_result'
  ), pair as (
    select coalesce(c.place, r.place) as place, coalesce(c.tool_use_id, r.tool_use_id) as tool_use_id, c.place is null as no_call,
      c.run_id, c.seq, c.block_index, count(r.place) as results
    from call c
    full join result r on r.segment = c.segment and r.tool_use_id = c.tool_use_id
    group by 1, 2, 3, 4, 5, 6
  )
  select p.* into v_bad
  from pair p
  where p.no_call or p.results > 1 or (p.results = 0 and not exists (
    select
    from jsonb_array_elements(session -> 'runs') r(run), jsonb_array_elements(r.run -> 'tool_executions') e(call)
    where r.run ->> 'id' = p.run_id and e.call ->> 'message_seq' = p.seq and e.call ->> 'block_index' = p.block_index::text
      and e.call ->> 'state' in ('pending', 'awaiting_approval', 'running')
  ))
  order by p.place
  limit 1;
  if found then
    perform agentpg._refuse_document(format('%s.messages[%s]', at, v_bad.place), format(
      case when v_bad.no_call then 'answers no call: %s' else 'calls a tool that is not answered once: %s' end, v_bad.tool_use_id));
  end if;
end
$$;
comment on function agentpg._check_transcript(jsonb, text) is
  'AP264 unless the messages of a session are numbered without gaps and each tool call has its one result, or is open in an exported run.';

create function agentpg._check_document(document jsonb)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_place text;
  v_session jsonb;
  v_run record;
begin
  if jsonb_typeof(document) is distinct from 'object' or document ->> 'format' is distinct from 'agentpg.session' then
    perform agentpg._refuse_document('format', 'is not "agentpg.session"');
  elsif document -> 'version' is distinct from '1' then
    perform agentpg._refuse_document('version', format('is %s; this release reads 1', coalesce(left(document ->> 'version', 60), 'missing')));
  end if;
  perform agentpg._check_items(document -> 'agents', 'agents',
    '{"id": "uuid", "name": "string", "model": "string", "tools": "array", "agent_ids": "array", "metadata": "object", "config": "object"}');
  perform agentpg._check_items(document -> 'prefixes', 'prefixes',
    '{"id": "uuid", "model": "string", "body": "object", "tool_names": "array", "delegates": "object"}');
  perform agentpg._check_items(document -> 'sessions', 'sessions',
    '{"id": "uuid", "parent_session_id": "uuid?", "metadata": "object", "on_busy": "=enqueue|reject|interrupt", "created_at": "time",
      "superseded_seqs": "ranges?", "compaction": "object?", "compaction_id": "uuid?", "thinking_from_seq": "count?", "context_tokens": "count?"}');
  if document -> 'sessions' = '[]' then
    perform agentpg._refuse_document('sessions', 'is empty');
  end if;
  for v_place, v_session in
    select format('sessions[%s]', s.place - 1), s.session from jsonb_array_elements(document -> 'sessions') with ordinality as s(session, place)
  loop
    perform agentpg._check_items(v_session -> 'runs', v_place || '.runs',
      '{"id": "uuid", "turn": "count", "agent_id": "uuid", "mode": "=streaming|batch", "content": "array", "options": "object",
        "parent_run_id": "uuid?", "max_iterations": "count", "max_continuations": "count", "created_at": "time", "prefix_id": "uuid", "model": "string",
        "state": "=pending|batch_submitting|batch_pending|batch_processing|streaming|pending_tools|awaiting_input|completed|cancelled|failed",
        "iteration_id": "uuid", "iteration_number": "count", "started_at": "time?", "finalized_at": "time?"}');
    perform agentpg._check_items(v_session -> 'compactions', v_place || '.compactions',
      '{"id": "uuid", "base_id": "uuid?", "cut_seq": "count", "state": "=applied", "prefix_id": "uuid?", "placeholder_seqs": "ranges?"}');
    perform agentpg._check_items(v_session -> 'regenerations', v_place || '.regenerations',
      '{"run_id": "uuid", "of_run_id": "uuid", "supersedes": "boolean", "created_at": "time"}');
    for v_run in
      select format('%s.runs[%s]', v_place, r.place - 1) as place, r.run
      from jsonb_array_elements(v_session -> 'runs') with ordinality as r(run, place)
    loop
      perform agentpg._check_items(v_run.run -> 'iterations', v_run.place || '.iterations',
        '{"id": "uuid", "number": "count", "model": "string", "prefix_id": "uuid", "request_seq": "count", "response_seq": "count?", "completed_at": "time"}');
      perform agentpg._check_items(v_run.run -> 'tool_executions', v_run.place || '.tool_executions',
        '{"id": "uuid", "iteration_id": "uuid", "message_seq": "count", "block_index": "count", "result_seq": "count?", "tool_name": "string",
          "state": "=pending|awaiting_approval|running|completed|failed|skipped", "agent_id": "uuid?", "child_run_id": "uuid?", "approval": "object?"}');
      perform agentpg._check_items(v_run.run -> 'failed_attempts', v_run.place || '.failed_attempts', '{"iteration_id": "uuid", "kind": "string"}');
      perform agentpg._check_items(v_run.run -> 'run_continuations', v_run.place || '.run_continuations', '{"number": "count", "first_iteration": "count"}');
      perform agentpg._check_items(coalesce(v_run.run -> 'output_repairs', '[]'), v_run.place || '.output_repairs',
        '{"iteration_number": "count", "reason": "=truncated|refused|not_json", "prompt_seq": "count?"}');
      if not agentpg._ids_count_iterations(v_run.run) then
        perform agentpg._refuse_document(v_run.place || '.id', 'or an iteration_id of it is wrong: the last four digits of the id of a run are 0, those of an iteration its number');
      end if;
      if not exists (select from jsonb_array_elements(document -> 'agents') a(agent) where a.agent -> 'id' = v_run.run -> 'agent_id') then
        perform agentpg._refuse_document(v_run.place || '.agent_id', 'names no agent of the document');
      elsif not exists (select from jsonb_array_elements(document -> 'prefixes') p(prefix) where p.prefix -> 'id' = v_run.run -> 'prefix_id') then
        perform agentpg._refuse_document(v_run.place || '.prefix_id', 'names no prefix of the document');
      end if;
    end loop;
    perform agentpg._check_transcript(v_session, v_place);
  end loop;
end
$$;
comment on function agentpg._check_document(jsonb) is 'AP264 with the place unless the document can be imported.';

commit;
