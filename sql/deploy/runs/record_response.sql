-- Deploy agentpg:runs/record_response to pg
-- requires: runs/leased_run
-- requires: runs/write_iteration
-- requires: runs/next_iteration
-- requires: runs/finalize_run
-- requires: runs/await_input
-- requires: runs/repair_output
-- requires: runs/containers
-- requires: runs/record_failure
-- requires: tools/open_calls
-- requires: events/emit_tools
begin;

create function agentpg._check_response(response jsonb)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_problem text;
begin
  v_problem := case
    when coalesce(jsonb_typeof(response), 'none') <> 'object' then 'it is not an object'
    when coalesce(jsonb_typeof(response -> 'content'), 'none') <> 'array' then 'it has no content array'
    when response ->> 'role' is distinct from 'assistant' then 'its role is not assistant'
    when coalesce(jsonb_typeof(response -> 'stop_reason'), 'null') not in ('string', 'null') then 'its stop_reason is not a text'
    when coalesce(jsonb_typeof(response -> 'usage'), 'object') not in ('object', 'null') then 'its usage is not an object'
    when exists (
      select from jsonb_array_elements(response -> 'content') as b(block)
      where coalesce(jsonb_typeof(b.block -> 'type'), 'none') <> 'string'
        or (b.block ->> 'type' = 'tool_use' and (b.block ->> 'id' is null or b.block ->> 'name' is null))
    ) then 'a content block has no type, or a tool_use no id or name'
  end;
  if v_problem is not null then
    perform agentpg._refuse('AP115', format('not a Messages API response: %s', v_problem),
      'pass the body of the answer to POST /v1/messages as it came; report failures with record_failure');
  end if;
end
$$;
comment on function agentpg._check_response(jsonb) is 'AP115 unless it looks like an answer of the Messages API.';

create function agentpg._is_said(said jsonb)
returns boolean
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case coalesce(jsonb_typeof(said), 'null')
    when 'null' then true
    when 'array' then not exists (
      select from jsonb_array_elements(said) as s(item)
      where jsonb_typeof(s.item) <> 'object'
        or coalesce(s.item ->> 'kind', '') <> all (array['text', 'thinking', 'gap'])
        or coalesce(jsonb_typeof(s.item -> 'data'), 'object') <> 'object'
    )
    else false
  end;
end
$$;
comment on function agentpg._is_said(jsonb) is 'Whether it is what a model said, in pieces as record_response takes them.';

create function agentpg._settle_response(
  run agentpg.runs, response jsonb, claim_for uuid, max_tools integer, request_id text, said jsonb default null
)
returns agentpg.tool_claim[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := agentpg.now();
  v_stop text := response ->> 'stop_reason';
  v_content jsonb := agentpg._without_blank_text(response -> 'content');
  v_seq bigint;
  v_calls integer := 0;
  v_opened agentpg.opened_calls;
begin
  if run.compaction_id is not null then
    perform agentpg._settle_summary(run, response, request_id);
    return null;
  end if;
  run.context_tokens := agentpg._context_after(run, response -> 'usage', v_content);
  if response #>> '{container,id}' is not null then
    perform agentpg._keep_container(run, response -> 'container');
  end if;
  if agentpg._repair_output(run, response, request_id, said) then
    return null;
  end if;
  -- A refusal's partial output is discarded; an empty answer cannot stand in a transcript.
  if v_stop <> 'refusal' and v_content <> '[]' then
    v_seq := agentpg._append_message(run.session_id, 'assistant', v_content, run.id, run.iteration_id, run.tenant_id);
    v_calls := jsonb_array_length(jsonb_path_query_array(v_content, '$[*] ? (@.type == "tool_use")'));
  end if;
  perform agentpg._write_iteration(run, response, v_seq, v_calls, request_id);

  if v_calls > 0 and v_stop = 'tool_use' then
    v_opened := agentpg._open_calls(run, v_content, v_seq, claim_for, max_tools);
    perform agentpg._emit_answer(run, v_seq, said);
    if v_opened.open_count = 0 then
      perform agentpg._next_iteration(run);
      return null;
    end if;
    update agentpg.runs r
    set state = 'pending_tools', previous_state = r.state, open_tools = v_opened.open_count, context_tokens = run.context_tokens,
      lease_token = null, lease_expires_at = null, claimed_by = null, claimed_at = null,
      watch_at = case when r.watch_at is not null then least(r.watch_at, v_now + least(s.lease_ttl, s.tool_deadline)) end
    from agentpg.settings s
    where r.id = run.id
    returning r.* into run;
    perform agentpg._announce_state(run);
    return v_opened.claims;
  end if;

  perform agentpg._emit_finished(run, said);
  -- Calls that will never run, a cut one among them, still need their answers.
  perform agentpg._answer_call(run, c.tool_use_id, format('Not executed: the reply ended with stop reason %s.', v_stop))
  from (select t.tool_use_id from agentpg._tool_calls_in(v_content) t where v_calls > 0 order by t.block_index) c;

  if v_stop in ('end_turn', 'stop_sequence', 'refusal', 'tool_use') then
    perform agentpg._finalize_run(run, 'completed', v_stop);
  elsif v_stop in ('pause_turn', 'compaction') and v_seq is not null then
    perform agentpg._next_iteration(run, continuation => true);
  elsif v_stop = 'model_context_window_exceeded' and agentpg._go_on_compacted(run) then
    return null;
  else
    -- max_tokens, model_context_window_exceeded, and whatever the API invents: stop safely, a person goes on.
    perform agentpg._await_input(run, v_stop);
  end if;
  return null;
end
$$;
comment on function agentpg._settle_response(agentpg.runs, jsonb, uuid, integer, text, jsonb) is
  'Stores an answer and takes the path of its stop reason; returns the tool calls that claim_for holds now. The caller holds the locks of session and run.';

create function agentpg._failed_before(iteration_id uuid, lease_token uuid)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from agentpg.failed_attempts f
    where f.run_id = agentpg._run_of_iteration(_failed_before.iteration_id)
      and f.iteration_id = _failed_before.iteration_id and f.lease_token = _failed_before.lease_token
      and f.error_type = 'no_stop_reason'
  );
end
$$;
comment on function agentpg._failed_before(uuid, uuid) is
  'Whether this attempt was recorded as an answer without a stop reason.';

create function agentpg.record_response(
  iteration_id uuid,
  lease_token uuid,
  response jsonb,
  claim_tools boolean default true,
  request_id text default null,
  max_tools integer default null,
  said jsonb default null
)
returns setof agentpg.tool_claim
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_run agentpg.runs;
  v_instance_id uuid;
  v_run_id uuid := agentpg._run_of_iteration(record_response.iteration_id);
  v_number integer := agentpg._iteration_number(record_response.iteration_id);
  v_response_seq bigint;
  v_claims agentpg.tool_claim[];
begin
  perform agentpg._check_response(response);
  if not agentpg._is_said(said) then
    perform agentpg._refuse('AP100', 'said is not told as [{kind, data}]', 'text, thinking and gap are the kinds, and data is an object, as publish_events takes them');
  end if;
  if max_tools < 0 then
    perform agentpg._refuse('AP108', format('max_tools is %s; it must not be negative', max_tools), 'leave it out for no limit');
  end if;
  v_run := agentpg._leased_run(record_response.iteration_id, record_response.lease_token);
  if v_run.id is null then
    select t.instance_id into v_instance_id
    from agentpg.iterations t
    where t.run_id = v_run_id and t.number = v_number and t.lease_token = record_response.lease_token
      -- An abandoned call whose cost was counted has none.
      and t.stop_reason is not null;
    if not found then
      if response ->> 'stop_reason' is null
        and agentpg._failed_before(record_response.iteration_id, record_response.lease_token)
      then
        return;
      end if;
      perform agentpg._refuse_stale(record_response.iteration_id);
    end if;
  else
    v_instance_id := v_run.claimed_by;
    if response ->> 'stop_reason' is null then
      perform agentpg._fail_attempt(v_run, jsonb_strip_nulls(jsonb_build_object(
        'type', 'no_stop_reason', 'message', 'the answer ended without a stop reason', 'usage', response -> 'usage'
      )), null);
      return;
    end if;
    v_claims := agentpg._settle_response(
      v_run, response, case when claim_tools then v_instance_id end, record_response.max_tools, record_response.request_id,
      record_response.said
    );
    return query select c.* from unnest(v_claims) c;
    return;
  end if;

  select t.response_seq into v_response_seq from agentpg.iterations t where t.run_id = v_run_id and t.number = v_number;
  return query
  select c.*
  from agentpg._hand_out_tools(array(
    select e.id from agentpg.tool_executions e
    where e.run_id = v_run_id and e.message_seq = v_response_seq
      and e.state = 'running' and e.claimed_by = v_instance_id
      -- Claimed as they were made, not by a claim of their own since.
      and claim_tools and e.started_at = e.created_at
  )) c;
end
$$;
comment on function agentpg.record_response(uuid, uuid, jsonb, boolean, text, integer, jsonb) is
  'Records the answer to a claimed model call: transcript, usage, tool executions and the next state of the run, in one step. Returns the tool executions that the caller now holds (those its instance registered, max_tools of them at most and in order; with claim_tools false none). said: the last of what the model said, [{kind: text, thinking or gap, data}], where publish_events was not given it; it stands in the event stream before the end of the call, or not at all. Repeating a call that succeeded changes nothing and returns the same. Errors: AP004, AP100, AP108, AP115, AP202, AP210.';

commit;
