-- Deploy agentpg:runs/compact_session to pg
-- requires: runs/compact
-- requires: runs/create_run
begin;

create function agentpg._summarize_apart(session agentpg.sessions, new agentpg.compactions)
returns agentpg.compactions
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run agentpg.runs;
  v_last agentpg.runs := agentpg._last_run(session);
  v_content jsonb := jsonb_build_array(jsonb_build_object('type', 'text', 'text',
    format('Summarize messages %s to %s of session %s.', new.summarized_seq + 1, new.cut_seq, session.id)));
begin
  v_run.id := agentpg._new_run_id();
  new := agentpg._open_compaction(new, v_run);
  insert into agentpg.sessions as s (parent_session_id, depth, metadata)
  values (session.id, session.depth + 1, jsonb_strip_nulls(jsonb_build_object('tenant_id', session.tenant_id, 'compacts', session.id)))
  returning s.id into v_run.session_id;
  insert into agentpg.run_inputs (
    run_id, session_id, turn, agent_id, run_mode, content, options, request_hash, max_iterations, max_continuations, tenant_id, created_at
  )
  select v_run.id, v_run.session_id, 1, i.agent_id, 'streaming', v_content, jsonb_build_object('compacts', session.id, 'events', false), 0,
    65535, 0, session.tenant_id, agentpg.now()
  from agentpg.run_inputs i where i.run_id = v_last.id;
  insert into agentpg.runs (id, session_id, iteration_id, prefix_id, available_at, queue_id, blocked, budget_ids, tenant_id, events, compaction_id)
  values (
    v_run.id, v_run.session_id, agentpg._iteration_id(v_run.id, 1), new.prefix_id, agentpg.now(), agentpg._queue_id('streaming', new.model), false,
    agentpg._budgets_for(v_run.id, session.id, session.tenant_id, new.model, '{}'), session.tenant_id, false, new.id
  );
  perform agentpg._append_message(v_run.session_id, 'user', v_content, v_run.id, null, session.tenant_id);
  return new;
end
$$;
comment on function agentpg._summarize_apart(agentpg.sessions, agentpg.compactions) is
  'A run in a session of its own, below the one that is compacted, writes the summary. The caller holds the session lock.';

create function agentpg._compact_session(session_id uuid, plan jsonb, config jsonb, only_if_needed boolean)
returns agentpg.compactions
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_session agentpg.sessions;
  v_config jsonb := agentpg._check_compaction(config, 'config', 'AP240');
  v_new agentpg.compactions;
begin
  select s.* into v_session from agentpg.sessions s where s.id = _compact_session.session_id for no key update;
  if not found then
    perform agentpg._refuse('AP002', format('no session has id %s', coalesce(session_id::text, 'null')), null,
      jsonb_build_object('session_id', session_id));
  end if;
  select c.* into v_new from agentpg.compactions c
  where c.session_id = v_session.id and c.state in ('summarizing', 'ready');
  if found then
    if plan is not null then
      perform agentpg._refuse('AP242', format('compaction %s of session %s is under way', v_new.id, v_session.id),
        'wait for it, and make a new plan', jsonb_build_object('session_id', v_session.id, 'compaction_id', v_new.id));
    end if;
    return v_new;
  end if;
  v_config := agentpg._session_config(v_session, v_config);
  if v_config is null or (only_if_needed and agentpg._context_size(v_session) <= coalesce((v_config ->> 'trigger_tokens')::integer, 2147483647)) then
    return null;
  end if;
  plan := coalesce(plan, agentpg._planned(v_session, v_config, agentpg._context_size(v_session)));
  if plan is null then
    return null;
  end if;
  v_new := agentpg._compaction_of(v_session, plan, v_config, 'manual');
  -- Changed, not only locked: see create_run.
  update agentpg.sessions s set updated_at = agentpg.now() where s.id = v_session.id;
  if v_new.summarized_seq < v_new.cut_seq then
    return agentpg._summarize_apart(v_session, v_new);
  end if;
  return agentpg._switch_if_current(agentpg._open_compaction(v_new, null));
end
$$;
comment on function agentpg._compact_session(uuid, jsonb, jsonb, boolean) is
  'Begins a compaction of a session by a plan, or by the strategy that holds for it; null when there is nothing to do.';

create function agentpg.compact(session_id uuid, config jsonb default null)
returns agentpg.compactions
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return agentpg._compact_session(session_id, null, config, false);
end
$$;
comment on function agentpg.compact(uuid, jsonb) is
  'Makes the context of a session shorter, by the settings that hold for it and what config says over them, and returns the compaction: applied when placeholders are enough and no turn is active, ready when it comes into force at the end of the active turn, summarizing while a run (run_id) has a model write the summary. One that is under way already is returned as it is; a null row when nothing would help. Messages stay as they are: restore_compaction undoes it. Errors: AP002, AP240.';

create function agentpg.compact_if_needed(session_id uuid, config jsonb default null)
returns agentpg.compactions
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return agentpg._compact_session(session_id, null, config, true);
end
$$;
comment on function agentpg.compact_if_needed(uuid, jsonb) is
  'As compact, but a null row while the context is not above the trigger. Errors: AP002, AP240.';

create function agentpg.apply_compaction(session_id uuid, plan jsonb, config jsonb default null)
returns agentpg.compactions
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if plan is null or plan = 'null' then
    perform agentpg._refuse('AP241', 'there is no plan', 'agentpg.plan_compaction() makes one; null says that there is nothing to do');
  end if;
  return agentpg._compact_session(session_id, plan, config, false);
end
$$;
comment on function agentpg.apply_compaction(uuid, jsonb, jsonb) is
  'Carries out a plan as plan_compaction makes it, or one of your own: {"cut_seq": n, "placeholder_seqs": [...], "summary": "..."}, each optional; without a summary a model writes it. The cut must stand between two turns that are over. Returns the compaction as compact does. Errors: AP002, AP240, AP241, AP242.';

create function agentpg.restore_compaction(session_id uuid)
returns agentpg.compactions
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_session agentpg.sessions;
  v_last agentpg.compactions;
begin
  select s.* into v_session from agentpg.sessions s where s.id = restore_compaction.session_id for no key update;
  if not found then
    perform agentpg._refuse('AP002', format('no session has id %s', coalesce(session_id::text, 'null')), null,
      jsonb_build_object('session_id', session_id));
  elsif v_session.compaction_id is null then
    perform agentpg._refuse('AP243', format('session %s has no compaction in force', v_session.id), null, jsonb_build_object('session_id', v_session.id));
  elsif agentpg._turn_is_active(v_session.id) then
    perform agentpg._refuse('AP224', format('a turn of session %s is active', v_session.id), 'wait for it, or cancel it',
      jsonb_build_object('session_id', v_session.id));
  end if;
  select c.* into v_last from agentpg.compactions c where c.id = v_session.compaction_id;
  if coalesce((select b.cut_seq from agentpg.compactions b where b.id = v_last.base_id), 0) < v_session.archived_seq then
    perform agentpg._refuse('AP243', format('the messages of session %s up to %s are deleted', v_session.id, v_session.archived_seq),
      'only the summary is left of them', jsonb_build_object('session_id', v_session.id, 'archived_seq', v_session.archived_seq));
  end if;
  update agentpg.compactions c set restored_at = agentpg.now()
  where c.id = v_last.id and c.session_id = v_session.id
  returning c.* into v_last;
  select c.* into v_last from agentpg.compactions c where c.id = v_session.compaction_id;
  update agentpg.sessions s
  set compaction_id = v_last.base_id, updated_at = agentpg.now(),
    thinking_from_seq = 1 + (select coalesce(max(m.seq), s.forked_at_seq, 0) from agentpg.messages m where m.session_id = s.id),
    context_tokens = v_last.original_tokens + greatest(s.context_tokens - v_last.compacted_tokens, 0)
  where s.id = v_session.id;
  update agentpg.runs r
  set context_tokens = v_last.original_tokens + greatest(r.context_tokens - v_last.compacted_tokens, 0)
  where r.session_id = v_session.id and r.finalized_at is null and r.state = 'awaiting_input';
  return v_last;
end
$$;
comment on function agentpg.restore_compaction(uuid) is
  'Undoes the compaction in force: the context is again what it was before, with what was said since, and the one before it is in force. Returns what was undone. Errors: AP002, AP224 (a turn is active), AP243 (none is in force, or what it stands for is deleted).';

create function agentpg.list_compactions(session_id uuid, max_count integer default 100, before uuid default null)
returns setof agentpg.compactions
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._check_page(max_count);
  perform agentpg.get_session(session_id);
  return query
  select c.*
  from agentpg.compactions c
  where c.session_id = list_compactions.session_id and (list_compactions.before is null or c.id < list_compactions.before)
  order by c.id desc
  limit list_compactions.max_count;
end
$$;
comment on function agentpg.list_compactions(uuid, integer, uuid) is
  'The compactions of a session, newest first: what each did, what it saved, which model wrote its summary, and whether it was undone. The next page starts before the last id of this one. Errors: AP002, AP108.';

commit;
