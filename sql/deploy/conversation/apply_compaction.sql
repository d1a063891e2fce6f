-- Deploy agentpg:conversation/apply_compaction to pg
-- requires: conversation/plan_compaction
-- requires: conversation/summary_request
-- requires: runs/runs
begin;

create function agentpg._refuse_plan(session agentpg.sessions, problem text, hint text)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._refuse('AP241', format('the plan for session %s: %s', session.id, problem), hint, jsonb_build_object('session_id', session.id));
end
$$;
comment on function agentpg._refuse_plan(agentpg.sessions, text, text) is 'AP241: a plan that cannot be carried out.';

create function agentpg._plan_number(session agentpg.sessions, value jsonb, name text)
returns bigint
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if jsonb_typeof(value) <> 'number' or value::text !~ '^[0-9]{1,18}$' then
    perform agentpg._refuse_plan(session, format('%s is %s', name, value), 'it must be the seq of a message, a whole number');
  end if;
  return value::text::bigint;
end
$$;
comment on function agentpg._plan_number(agentpg.sessions, jsonb, text) is 'A seq of a plan, null for none, or AP241.';

create function agentpg._check_plan_places(session agentpg.sessions, plan jsonb, base_seq bigint, cut_seq bigint)
returns int8multirange
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_limit_seq bigint := agentpg._last_cut(session);
  v_seqs bigint[];
  v_bad bigint;
begin
  if cut_seq < base_seq then
    perform agentpg._refuse_plan(session, format('cut_seq %s is before %s, where the context begins now', cut_seq, base_seq),
      'agentpg.restore_compaction() brings earlier messages back');
  elsif cut_seq > v_limit_seq then
    perform agentpg._refuse_plan(session, format('cut_seq %s is beyond %s, the end of the last turn that is over', cut_seq, v_limit_seq),
      'a plan may not touch an active turn, nor messages that do not exist');
  elsif cut_seq > base_seq then
    begin
      perform agentpg._check_cut(session, cut_seq);
    exception
      when sqlstate 'AP117' then
        perform agentpg._refuse_plan(session, format('cut_seq %s is inside a turn', cut_seq), 'calls and their results stay together: cut between two turns');
    end;
  end if;
  select array_agg(agentpg._plan_number(session, p.seq, 'a seq in placeholder_seqs')) into v_seqs
  from jsonb_array_elements(coalesce(nullif(plan -> 'placeholder_seqs', 'null'), '[]')) as p(seq);
  -- One look at the context, whatever the number of placeholders.
  select min(p.seq) into v_bad
  from unnest(v_seqs) as p(seq)
  left join agentpg._context_messages(session.id) c on c.seq = p.seq and c.role = 'user' and c.content @> '[{"type": "tool_result"}]'
  where c.seq is null or p.seq <= cut_seq or p.seq > v_limit_seq;
  if v_bad is not null then
    perform agentpg._refuse_plan(session, format('placeholder_seqs names message %s', v_bad),
      'placeholders stand for tool results that are shown now, after the cut and before the active turn');
  end if;
  return (select range_agg(int8range(p.seq, p.seq, '[]')) from unnest(v_seqs) as p(seq));
end
$$;
comment on function agentpg._check_plan_places(agentpg.sessions, jsonb, bigint, bigint) is
  'The messages that a plan shows as placeholders; AP241 when it cuts anywhere but between two turns that are over, or when a placeholder stands for no tool result.';

create function agentpg._size_by_plan(session agentpg.sessions, new agentpg.compactions, base_seq bigint, size integer)
returns numeric
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select round(size * sum(case
        when c.seq <= new.cut_seq and new.cut_seq > base_seq then 0
        when c.seq <@ new.placeholder_seqs then c.tokens - c.saving
        else c.tokens end) / sum(c.tokens))
      + case when new.cut_seq > new.summarized_seq then (new.config ->> 'summarizer_max_tokens')::integer
        when new.cut_seq > base_seq then agentpg._estimated_tokens(to_jsonb(new.summary)) else 0 end
    from agentpg._sized_context(session.id) c
  );
end
$$;
comment on function agentpg._size_by_plan(agentpg.sessions, agentpg.compactions, bigint, integer) is
  'About how many tokens of a context a compaction leaves, for a plan that does not say it.';

create function agentpg._compaction_of(session agentpg.sessions, plan jsonb, config jsonb, cause text, own_run_id uuid default null)
returns agentpg.compactions
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_known constant text[] := array['session_id', 'base_id', 'last_seq', 'cut_seq', 'placeholder_seqs', 'summary', 'strategy',
    'original_tokens', 'compacted_tokens', 'messages_removed'];
  v_base agentpg.compactions;
  v_new agentpg.compactions;
  v_unknown text;
  v_size integer := agentpg._context_size(session);
begin
  if jsonb_typeof(plan) <> 'object' or jsonb_typeof(coalesce(nullif(plan -> 'placeholder_seqs', 'null'), '[]')) <> 'array' then
    perform agentpg._refuse_plan(session, 'it is no object, or its placeholder_seqs no array', 'agentpg.plan_compaction() shows what a plan looks like');
  end if;
  v_unknown := agentpg._unknown_keys(plan, v_known);
  if v_unknown is not null then
    perform agentpg._refuse_plan(session, format('unknown keys: %s', v_unknown), agentpg._name_hint(v_unknown, v_known, 'keys'));
  elsif plan ? 'session_id' and plan ->> 'session_id' is distinct from session.id::text then
    perform agentpg._refuse_plan(session, 'it was made for another session', null);
  elsif plan ? 'base_id' and plan ->> 'base_id' is distinct from session.compaction_id::text then
    perform agentpg._refuse('AP242', format('session %s was compacted or restored since the plan was made', session.id), 'make a new plan',
      jsonb_build_object('session_id', session.id, 'compaction_id', session.compaction_id));
  elsif agentpg._plan_number(session, nullif(plan -> 'last_seq', 'null'), 'last_seq') <@ session.superseded_seqs then
    perform agentpg._refuse('AP242', format('the last turn that the plan was made for was regenerated (message %s)', plan -> 'last_seq'), 'make a new plan',
      jsonb_build_object('session_id', session.id, 'compaction_id', session.compaction_id));
  elsif jsonb_typeof(plan -> 'summary') not in ('string', 'null') or btrim(plan ->> 'summary', E' \t\r\n') = '' then
    perform agentpg._refuse_plan(session, 'its summary is not a text', 'leave it out, and a model writes it');
  elsif jsonb_typeof(plan -> 'compacted_tokens') not in ('number', 'null') or plan ->> 'compacted_tokens' like '-%' then
    perform agentpg._refuse_plan(session, format('compacted_tokens is %s', plan -> 'compacted_tokens'), 'leave it out, and it is estimated');
  end if;
  select c.* into v_base from agentpg.compactions c where c.id = session.compaction_id;

  v_new.id := agentpg._uuid_v7();
  v_new.session_id := session.id;
  v_new.base_id := session.compaction_id;
  v_new.cut_seq := coalesce(agentpg._plan_number(session, nullif(plan -> 'cut_seq', 'null'), 'cut_seq'), v_base.cut_seq, 0);
  if own_run_id is null then
    v_new.placeholder_seqs := agentpg._check_plan_places(session, plan, coalesce(v_base.cut_seq, 0), v_new.cut_seq);
  else
    select range_agg(int8range(p.seq::bigint, p.seq::bigint, '[]')) into v_new.placeholder_seqs
    from jsonb_array_elements_text(plan -> 'placeholder_seqs') as p(seq);
  end if;
  v_new.placeholder_seqs := nullif((coalesce(v_new.placeholder_seqs, '{}') + coalesce(v_base.placeholder_seqs, '{}'))
    - int8multirange(int8range(null, v_new.cut_seq, '[]')), '{}');
  v_new.superseded_seqs := nullif(session.superseded_seqs * int8multirange(int8range(null, v_new.cut_seq, '[]')), '{}');
  v_new.cause := cause;
  v_new.strategy := config ->> 'strategy';
  v_new.config := config;
  v_new.summary := v_base.summary;
  v_new.summarized_seq := coalesce(v_base.cut_seq, 0);
  if v_new.cut_seq = v_new.summarized_seq and plan ->> 'summary' is not null then
    perform agentpg._refuse_plan(session, 'it has a summary but no messages that the summary stands for', 'set cut_seq to the last message it covers');
  elsif v_new.cut_seq = v_new.summarized_seq and v_new.placeholder_seqs is not distinct from v_base.placeholder_seqs then
    perform agentpg._refuse_plan(session, 'it changes nothing', 'give it a cut_seq, or placeholder_seqs');
  elsif plan ->> 'summary' is not null then
    v_new.summary := plan ->> 'summary';
    v_new.summarized_seq := v_new.cut_seq;
  end if;
  v_new.chunk_seq := v_new.summarized_seq;
  v_new.summary_calls := 0;
  v_new.original_tokens := v_size;
  v_new.compacted_tokens := least(coalesce((plan ->> 'compacted_tokens')::numeric, agentpg._size_by_plan(session, v_new, coalesce(v_base.cut_seq, 0), v_size)), v_size);
  v_new.messages_removed := (
    select count(*) from agentpg._context_messages(session.id) c
    where c.seq <= v_new.cut_seq and c.seq > coalesce(v_base.cut_seq, 0)
  );
  v_new.tenant_id := session.tenant_id;
  v_new.created_at := agentpg.now();
  return v_new;
end
$$;
comment on function agentpg._compaction_of(agentpg.sessions, jsonb, jsonb, text, uuid) is
  'The compaction that a plan asks for, checked; a run that plans for itself may go as far as its own turn. AP241, AP242.';

commit;
