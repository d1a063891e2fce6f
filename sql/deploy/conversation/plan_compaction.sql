-- Deploy agentpg:conversation/plan_compaction to pg
-- requires: conversation/transcript
-- requires: conversation/compaction_config
-- requires: runs/fork_session
begin;

create function agentpg._estimated_tokens(content jsonb)
returns integer
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_bytes bigint := octet_length(content::text);
  v_media bigint;
  v_apart bigint;
begin
  if v_bytes > 20000 then
    -- An image counts by its size in pixels, at most about 1,600 tokens, and not by its bytes.
    select sum(length(d.data #>> '{}') - 6400) into v_media
    from jsonb_path_query(content, 'strict $.**.source ? (@.type == "base64").data', silent => true) as d(data)
    where length(d.data #>> '{}') > 6400;
  end if;
  if content @? 'strict $.**.data."$agentpg_content"' then
    -- A large string that is stored apart: the reference to it says its size.
    select sum(least((h.holder #> '{data,bytes}')::numeric, case when h.holder ->> 'type' = 'base64' then 6400 else 100000000 end)) into v_apart
    from jsonb_path_query(content, 'strict $.** ? (@.data."$agentpg_content".type() == "string" && @.data.bytes > 0)', silent => true) as h(holder);
  end if;
  return least((v_bytes - coalesce(v_media, 0) + coalesce(v_apart, 0)) / 4 + 4, 2000000000);
end
$$;
comment on function agentpg._estimated_tokens(jsonb) is
  'About how many tokens content has, where the API has not counted it: four bytes a token and four for the message, 1,600 for an image.';

create function agentpg._sized_context(session_id uuid)
returns table (seq bigint, run_id uuid, role agentpg.message_role, tokens integer, saving integer, ends_turn boolean, ends_round boolean)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  with shown as materialized (
    select c.seq, c.run_id, c.role, c.content from agentpg._context_messages(_sized_context.session_id) c
  ), answered as (
    select c.seq, b.block ->> 'tool_use_id' as call_id
    from shown c, jsonb_array_elements(c.content) as b(block)
    where c.role = 'assistant' and c.content @? '$[*].tool_use_id' and b.block ? 'tool_use_id'
  ), open as (
    -- The API answers a call of its own tools beside one of ours when that one is answered.
    select c.seq as from_seq, a.seq as to_seq
    from answered a
    join shown c on c.seq < a.seq and c.role = 'assistant' and c.content @> jsonb_build_array(jsonb_build_object('id', a.call_id))
  )
  select c.seq, c.run_id, c.role, e.tokens,
    case when c.role = 'user' and c.content @> '[{"type": "tool_result"}]'
      then greatest(e.tokens - agentpg._estimated_tokens(agentpg._with_placeholders(c.content)), 0) else 0 end,
    lead(c.run_id) over w is distinct from c.run_id or lead(c.seq) over w is null,
    c.role = 'user' and coalesce(lead(c.role) over w = 'assistant', true)
      and not exists (select from open o where c.seq >= o.from_seq and c.seq < o.to_seq)
  from shown c
  cross join lateral (select agentpg._estimated_tokens(c.content) as tokens) e
  window w as (order by c.seq);
end
$$;
comment on function agentpg._sized_context(uuid) is
  'The messages of a context with their estimated size, what a placeholder would save, and where a turn, or a round of calls and all their results, ends.';

create function agentpg._context_size(session agentpg.sessions)
returns integer
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(
    (
      select r.context_tokens from agentpg.runs r
      where r.session_id = session.id and r.finalized_at is null and not r.blocked
    ),
    session.context_tokens,
    (select sum(agentpg._estimated_tokens(c.content)) from agentpg._context_messages(session.id) c)::integer,
    0
  );
end
$$;
comment on function agentpg._context_size(agentpg.sessions) is
  'Tokens of a session''s next request: of its active turn, of its last one, or estimated from all messages.';

-- How the plan comes about: the tail that stays is found first. Placeholders for tool outputs before it may be enough;
-- else the cut goes to the last end of a turn before it. A run that plans for itself, between two of its model calls, may
-- cut between two rounds of its own turn when all before is not enough.
create function agentpg._plan(session agentpg.sessions, config jsonb, size integer, own_run_id uuid default null)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_base_seq bigint := coalesce((select c.cut_seq from agentpg.compactions c where c.id = session.compaction_id), 0);
  v_limit_seq bigint := case when own_run_id is null then agentpg._last_cut(session) else 9223372036854775807 end;
  v_strategy text := config ->> 'strategy';
  v_target integer := (config ->> 'target_tokens')::integer;
  v_prunes boolean := v_strategy <> 'summarization' and not (config ->> 'keep_tool_outputs')::boolean;
  v_within boolean;
  v_bound boolean;
  v_all record;
  v_factor numeric;
  v_plan record;
begin
  -- Thinking that is bound to all that comes before it: within a turn, nothing before it may change.
  v_within := own_run_id is not null and exists (
    select from agentpg.messages m
    where m.session_id = session.id and m.run_id = own_run_id and m.role = 'assistant'
  );
  v_bound := v_within and exists (select from agentpg.models m where m.id = config ->> 'model' and m.binds_thinking);
  with sized as materialized (
    select * from agentpg._sized_context(session.id)
  ), measured as (
    select s.*, sum(s.tokens) over (order by s.seq desc) as tail_tokens, row_number() over (order by s.seq desc) as tail_messages,
      sum(s.tokens) over () as total
    from sized s
  )
  select array_agg(m order by m.seq) as rows, max(m.total) as total, max(m.seq) as last_seq,
    min(m.seq) filter (
      where m.tail_messages <= (config ->> 'keep_last')::integer
        or m.tail_tokens * least(greatest(size::numeric / m.total, 0.5), 2) <= (config ->> 'protected_tokens')::integer
    ) as protected_seq
  into v_all
  from measured m;
  if v_all.last_seq is null then
    return null;
  end if;
  v_factor := least(greatest(size::numeric / v_all.total, 0.5), 2);
  v_all.protected_seq := coalesce(v_all.protected_seq, v_all.last_seq + 1);

  with listed as (
    select r.seq, r.run_id, r.tokens, r.saving, r.ends_turn, r.ends_round
    from unnest(v_all.rows) as r(seq bigint, run_id uuid, role agentpg.message_role, tokens integer, saving integer,
      ends_turn boolean, ends_round boolean, tail_tokens bigint, tail_messages bigint, total bigint)
  ), cuts as (
    select
      case when v_bound then v_all.last_seq
        else max(l.seq) filter (where l.ends_turn and l.seq < v_all.protected_seq and l.run_id is distinct from own_run_id) end as turn_cut,
      coalesce(max(l.seq) filter (where l.ends_round and l.run_id = own_run_id and l.seq < v_all.protected_seq), v_all.last_seq) as round_cut
    from listed l
    where l.seq > v_base_seq and l.seq <= v_limit_seq
  ), options as (
    select o.cut_seq, o.prunes, o.rank
    from cuts c
    cross join lateral (values
      (v_base_seq, true, 1),
      (c.turn_cut, false, 2),
      (c.turn_cut, true, 3),
      (case when v_within then c.round_cut end, true, 4)
    ) as o(cut_seq, prunes, rank)
    where o.cut_seq is not null
      and (not o.prunes or v_prunes and not v_bound or o.rank = 4)
      and (o.cut_seq = v_base_seq or v_strategy <> 'prune')
  ), weighed as (
    select o.cut_seq, o.rank, p.placeholders, p.removed,
      greatest(size - round(p.saved * v_factor), 0)::integer
        + case when o.cut_seq > v_base_seq then (config ->> 'summarizer_max_tokens')::integer else 0 end as tokens
    from options o
    cross join lateral (
      select
        count(*) filter (where l.seq <= o.cut_seq and l.seq > v_base_seq) as removed,
        array_agg(l.seq order by l.seq) filter (where o.prunes and v_prunes and not v_bound and l.saving > 0 and l.seq > o.cut_seq and l.seq > v_base_seq
          and l.seq < v_all.protected_seq and l.seq <= v_limit_seq) as placeholders,
        coalesce(sum(case
          when l.seq <= o.cut_seq then l.tokens
          when o.prunes and v_prunes and not v_bound and l.seq < v_all.protected_seq and l.seq <= v_limit_seq then l.saving
          else 0 end) filter (where o.cut_seq > v_base_seq or l.seq > v_base_seq), 0) as saved
      from listed l
    ) p
    where o.cut_seq > v_base_seq or p.placeholders is not null
  )
  select w.* into v_plan
  from weighed w
  where w.tokens < size
  -- The first that is small enough, or else the smallest; a cut in a run's own turn only where nothing else helps.
  order by
    case when w.tokens <= v_target then 1 when w.rank < 4 and w.tokens <= 0.8 * (config ->> 'trigger_tokens')::integer then 2 else 3 end,
    case when w.tokens <= v_target then w.rank end, w.tokens, w.rank
  limit 1;
  if not found then
    return null;
  end if;
  return jsonb_build_object(
    'session_id', session.id, 'base_id', session.compaction_id, 'last_seq', v_all.last_seq,
    'cut_seq', v_plan.cut_seq, 'placeholder_seqs', coalesce(to_jsonb(v_plan.placeholders), '[]'), 'summary', null,
    'strategy', v_strategy, 'original_tokens', size, 'compacted_tokens', v_plan.tokens, 'messages_removed', v_plan.removed
  );
end
$$;
comment on function agentpg._plan(agentpg.sessions, jsonb, integer, uuid) is
  'How the context of a session would be made shorter: null when nothing would. own_run_id: the run that plans for itself between two of its model calls.';

create function agentpg._planned(session agentpg.sessions, config jsonb, size integer, own_run_id uuid default null)
returns jsonb
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_function regprocedure;
  v_plan jsonb;
begin
  if config ->> 'strategy' in ('hybrid', 'summarization', 'prune') then
    return agentpg._plan(session, config, size, own_run_id);
  end if;
  v_function := agentpg._strategy_function(config ->> 'strategy');
  if v_function is null then
    perform agentpg._refuse('AP240', format('strategy %s is no function (session_id uuid, config jsonb) that may plan', config ->> 'strategy'),
      'it was dropped, or its owner lost his rights', jsonb_build_object('session_id', session.id));
  end if;
  execute format('select %s($1, $2)', v_function::oid::regproc) into v_plan using session.id, config;
  return nullif(v_plan, 'null');
end
$$;
comment on function agentpg._planned(agentpg.sessions, jsonb, integer, uuid) is
  'The plan of the strategy in the config; null when it has none. One of a function is not checked here.';

commit;
