-- Deploy agentpg:runs/fit_context to pg
-- requires: runs/compact_run
begin;

create function agentpg._context_after(run agentpg.runs, usage jsonb, content jsonb)
returns integer
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_prompt bigint := agentpg._token_count(usage, 'input_tokens') + agentpg._token_count(usage, 'cache_creation_input_tokens')
    + agentpg._token_count(usage, 'cache_read_input_tokens');
begin
  if v_prompt = 0 then
    return least(run.context_tokens::bigint + agentpg._estimated_tokens(content), 2147483647);
  end if;
  return least(v_prompt + agentpg._token_count(usage, 'output_tokens'), 2147483647);
end
$$;
comment on function agentpg._context_after(agentpg.runs, jsonb, jsonb) is
  'Size of a context after an answer: what the API counted, or an estimate when it said nothing.';

create function agentpg._fit_context(run agentpg.runs, cause text)
returns agentpg.runs
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if run.context_tokens <= coalesce(run.compact_above, run.context_tokens) then
    return run;
  end if;
  run := agentpg._compact_run(run, cause);
  update agentpg.runs r
  set compaction_id = run.compaction_id, queue_id = run.queue_id, context_tokens = run.context_tokens, compact_above = run.compact_above,
    iteration_limit = case when run.compaction_id is null then r.iteration_limit else least(65535, 1 + coalesce(
      r.iteration_limit, (select i.max_iterations from agentpg.run_inputs i where i.run_id = r.id)
    )) end
  where r.id = run.id
  returning r.* into run;
  return run;
end
$$;
comment on function agentpg._fit_context(agentpg.runs, text) is
  'A pending run whose context is above compact_above compacts it before its next model call. The caller holds the locks of session and run.';

create function agentpg._begin_turn(run agentpg.runs, unmeasured boolean default false)
returns agentpg.runs
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_before uuid;
begin
  if exists (
    select from agentpg.prompt_prefixes p join agentpg.models m on m.id = p.model and m.binds_thinking
    where p.id = run.prefix_id
  ) then
    select r.prefix_id into v_before
    from agentpg._transcript_parts(run.session_id) t
    cross join lateral (
      select m.seq, m.run_id
      from agentpg.messages m
      where m.session_id = t.part_session_id and m.seq between t.first_seq and t.last_seq and m.run_id <> run.id
      order by m.seq desc
      limit 1
    ) l
    join agentpg.runs r on r.id = l.run_id
    order by l.seq desc
    limit 1;
    if v_before <> run.prefix_id and exists (
      select from agentpg.prompt_prefixes b, agentpg.prompt_prefixes p
      where b.id = v_before and p.id = run.prefix_id
        and (b.model, b.body -> 'system', b.body -> 'tools') is distinct from (p.model, p.body -> 'system', p.body -> 'tools')
    ) then
      -- Another model spoke before, or with another system prompt or other tools: nothing that was thought until here is valid now.
      update agentpg.sessions s
      set thinking_from_seq = (select max(m.seq) from agentpg.messages m where m.session_id = s.id)
      where s.id = run.session_id;
    end if;
  end if;
  if unmeasured then
    -- A fork from the middle, or an imported session: the API has counted no request like this one.
    update agentpg.runs r
    set context_tokens = (select sum(agentpg._estimated_tokens(c.content)) from agentpg._context_messages(run.session_id) c)
    where r.id = run.id
    returning r.* into run;
  end if;
  return agentpg._fit_context(run, 'automatic');
end
$$;
comment on function agentpg._begin_turn(agentpg.runs, boolean) is
  'The prompt of a run that is not the first of its session has joined the transcript: its context, which is estimated from all messages when it is unmeasured, is made fit for its model. The caller holds the locks of session and run.';

create function agentpg._overflowed_before(run agentpg.runs)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return 3 <= (
    select count(*) from agentpg.compactions c
    where c.session_id = run.session_id and c.run_id = run.id and c.cause = 'overflow'
  );
end
$$;
comment on function agentpg._overflowed_before(agentpg.runs) is 'Whether a run has overflowed so often that one more compaction would not help.';

create function agentpg._compact_overflow(run agentpg.runs, size bigint)
returns agentpg.runs
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_size integer := least(greatest(run.context_tokens, size), 2147483647);
begin
  if run.compact_above is null or agentpg._overflowed_before(run) then
    return null;
  end if;
  run.context_tokens := v_size;
  run := agentpg._compact_run(run, 'overflow');
  if run.compaction_id is null and run.context_tokens >= v_size then
    return null;
  end if;
  return run;
end
$$;
comment on function agentpg._compact_overflow(agentpg.runs, bigint) is
  'The context of a run, of at least this many tokens, was too long for its model: the run with a shorter one, to be sent on; null when it compacts nothing by itself, or nothing helps.';

create function agentpg._go_on_compacted(run agentpg.runs)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_role agentpg.message_role;
begin
  run := agentpg._compact_overflow(run, run.context_tokens);
  if run.id is null then
    return false;
  end if;
  select m.role into v_role from agentpg.messages m where m.session_id = run.session_id order by m.seq desc limit 1;
  if v_role = 'assistant' then
    perform agentpg._append_message(run.session_id, 'user', jsonb_build_array(jsonb_build_object('type', 'text', 'text', s.continue_prompt)),
      run.id, null, run.tenant_id)
    from agentpg.settings s;
  end if;
  perform agentpg._next_iteration(run);
  return true;
end
$$;
comment on function agentpg._go_on_compacted(agentpg.runs) is
  'An answer filled the model''s window: the run compacts its context and is asked to go on; false when that is not possible. The caller holds the locks of session and run.';

commit;
