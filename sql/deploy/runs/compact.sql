-- Deploy agentpg:runs/compact to pg
-- requires: runs/fit_context
-- requires: runs/set_budget
-- requires: runs/queue_id
begin;

create function agentpg._last_run(session agentpg.sessions)
returns agentpg.runs
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_run agentpg.runs;
begin
  select r.* into v_run
  from agentpg.run_inputs i join agentpg.runs r on r.id = i.run_id
  where i.session_id = session.id and not r.blocked
  order by i.turn desc
  limit 1;
  if not found and session.forked_at_seq > 0 then
    select r.* into v_run
    from agentpg._transcript_parts(session.id) p
    join agentpg.messages m on m.session_id = p.part_session_id and m.seq = session.forked_at_seq
    join agentpg.runs r on r.id = m.run_id
    where session.forked_at_seq between p.first_seq and p.last_seq;
  end if;
  return v_run;
end
$$;
comment on function agentpg._last_run(agentpg.sessions) is
  'The run whose agent and model a session is seen with: its last one that had its turn, or in a new fork the one before.';

create function agentpg._session_config(session agentpg.sessions, config jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run agentpg.runs := agentpg._last_run(session);
begin
  return (
    select agentpg._compaction_config(agentpg._compaction_layers(a.config, session.compaction, i.options) || coalesce(_session_config.config, '{}'), p.model)
    from agentpg.run_inputs i
    join agentpg.agents a on a.id = i.agent_id
    join agentpg.prompt_prefixes p on p.id = case when (i.options ->> 'compacts') is null then v_run.prefix_id end
    where i.run_id = v_run.id
  );
end
$$;
comment on function agentpg._session_config(agentpg.sessions, jsonb) is
  'The compaction settings that hold for a session, those of a call over them; null while it has had no run.';

create type agentpg.session_statistics as (
  session_id uuid,
  messages bigint,
  context_messages bigint,
  context_tokens integer,
  counted boolean,
  max_context_tokens integer,
  trigger_tokens integer,
  usage_share numeric,
  needs_compaction boolean,
  compactable_tokens integer,
  compacting boolean,
  compaction_id uuid,
  compaction_count integer,
  model text
);
comment on type agentpg.session_statistics is
  'How long a context is: messages in the transcript and in the context, tokens of the next request (counted by the API, or else estimated), the model''s window, the size that calls for a compaction, the share of the window in use, the tokens that a compaction would save, whether one is under way, the one in force, and how many there were.';

create function agentpg.session_stats(session_id uuid, config jsonb default null)
returns agentpg.session_statistics
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_session agentpg.sessions := agentpg.get_session(session_id);
  v_config jsonb := agentpg._session_config(v_session, agentpg._check_compaction(config, 'config', 'AP240'));
  v_size integer := agentpg._context_size(v_session);
  v_stats agentpg.session_statistics;
  v_plan jsonb;
begin
  if v_config ->> 'strategy' in ('hybrid', 'summarization', 'prune') then
    v_plan := agentpg._plan(v_session, v_config, v_size);
  end if;
  v_stats.session_id := v_session.id;
  v_stats.messages := (
    select coalesce(sum(m.count), 0)
    from agentpg._transcript_parts(v_session.id) p
    cross join lateral (
      select count(*) from agentpg.messages t where t.session_id = p.part_session_id and t.seq between p.first_seq and p.last_seq
    ) m
  );
  v_stats.context_messages := (select count(*) from agentpg._context_messages(v_session.id));
  v_stats.context_tokens := v_size;
  v_stats.counted := v_session.context_tokens is not null;
  v_stats.max_context_tokens := (v_config ->> 'max_context_tokens')::integer;
  v_stats.trigger_tokens := (v_config ->> 'trigger_tokens')::integer;
  v_stats.usage_share := round(v_size / nullif((v_config ->> 'max_context_tokens')::numeric, 0), 4);
  v_stats.needs_compaction := coalesce(v_size > (v_config ->> 'trigger_tokens')::integer, false);
  v_stats.compactable_tokens := coalesce(v_size - (v_plan ->> 'compacted_tokens')::integer, 0);
  v_stats.compacting := exists (select from agentpg.compactions c where c.session_id = v_session.id and c.state in ('summarizing', 'ready'));
  v_stats.compaction_id := v_session.compaction_id;
  v_stats.compaction_count := v_session.compaction_count;
  v_stats.model := v_config ->> 'model';
  return v_stats;
end
$$;
comment on function agentpg.session_stats(uuid, jsonb) is
  'How long the context of a session is, and whether it needs a compaction; config differs from the settings that hold for it. Reads the whole context once. Errors: AP002, AP240.';

create function agentpg.needs_compaction(session_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_session agentpg.sessions := agentpg.get_session(session_id);
begin
  return coalesce(agentpg._context_size(v_session) > (agentpg._session_config(v_session, null) ->> 'trigger_tokens')::integer, false);
end
$$;
comment on function agentpg.needs_compaction(uuid) is
  'Whether the context of a session is above the trigger for the model that spoke in it last; false while nobody has, and where the window is not known. Errors: AP002.';

create function agentpg.plan_compaction(session_id uuid, config jsonb default null)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_session agentpg.sessions := agentpg.get_session(session_id);
  v_config jsonb := agentpg._session_config(v_session, agentpg._check_compaction(config, 'config', 'AP240'));
begin
  return case when v_config is not null then agentpg._planned(v_session, v_config, agentpg._context_size(v_session)) end;
end
$$;
comment on function agentpg.plan_compaction(uuid, jsonb) is
  'What a compaction of the session would do now, for apply_compaction, changed or not; null when nothing would make its context shorter. Keys: cut_seq (the context begins after this message), placeholder_seqs (messages whose tool results become placeholders), summary (null: a model writes it), base_id and last_seq (what the plan was made for), original_tokens, compacted_tokens, messages_removed. Errors: AP002, AP240.';

commit;
