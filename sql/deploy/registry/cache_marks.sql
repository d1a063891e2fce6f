-- Deploy agentpg:registry/cache_marks to pg
-- requires: core/errors
begin;

-- The API takes four cache marks in a request, and none of an hour after one of five minutes, in the order tools,
-- system prompt, messages. Its own automatic mark, at the end of the request, counts as one.
create function agentpg._prefix_marks(body jsonb)
returns text[]
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select coalesce(m.mark ->> 'ttl', '5m')
    from (
      select 1 as part, t.place, t.tool -> 'cache_control' as mark
      from jsonb_array_elements(case jsonb_typeof(body -> 'tools') when 'array' then body -> 'tools' else '[]' end) with ordinality as t(tool, place)
      union all
      select 2, s.place, s.block -> 'cache_control'
      from jsonb_array_elements(case jsonb_typeof(body -> 'system') when 'array' then body -> 'system' else '[]' end) with ordinality as s(block, place)
    ) m
    where jsonb_typeof(m.mark) = 'object'
    order by m.part, m.place
  );
end
$$;
comment on function agentpg._prefix_marks(jsonb) is 'How long each cache mark of tools and system prompt lasts (5m, 1h), in order.';

create function agentpg._content_marks(content jsonb)
returns text[]
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if not content @? '$[*].cache_control' and not content @? '$[*].content[*].cache_control' then
    return '{}';
  end if;
  return array(
    select coalesce(m.mark ->> 'ttl', '5m')
    from jsonb_array_elements(content) with ordinality as b(block, place)
    cross join lateral (
      select i.place, i.part -> 'cache_control' as mark
      from jsonb_array_elements(case jsonb_typeof(b.block -> 'content') when 'array' then b.block -> 'content' else '[]' end) with ordinality as i(part, place)
      union all
      select null, b.block -> 'cache_control'
    ) m
    where jsonb_typeof(m.mark) = 'object'
    order by b.place, m.place nulls last
  );
end
$$;
comment on function agentpg._content_marks(jsonb) is 'How long each cache mark in the content of a message lasts, in order.';

create function agentpg._hour_after_minutes(marks text[])
returns boolean
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from unnest(marks) with ordinality as m(ttl, place)
    where m.ttl = '1h' and '5m' = any (marks[1:m.place - 1])
  )
$$;
comment on function agentpg._hour_after_minutes(text[]) is 'Whether a mark of an hour comes after one of five minutes, which the API refuses.';

create function agentpg._mark_prefix(body jsonb, caching jsonb)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_marks text[] := agentpg._prefix_marks(body);
  v_own text[] := case when jsonb_typeof(body -> 'cache_control') = 'object'
    then array[coalesce(body #>> '{cache_control,ttl}', '5m')] else '{}' end;
begin
  if cardinality(v_marks || v_own) > 4 then
    perform agentpg._refuse('AP111', format('the request has %s cache_control marks before its messages; the API takes 4', cardinality(v_marks || v_own)),
      'mark the last tool of those that stay the same; the engine marks the end of each request by itself');
  elsif agentpg._hour_after_minutes(v_marks || v_own) then
    perform agentpg._refuse('AP111', 'a cache_control mark with ttl 1h comes after one with ttl 5m, which the API refuses',
      'in the order tools, system prompt, messages, those of an hour come first');
  end if;
  -- Whoever sets the marks himself is not to lose one for ours.
  if body ? 'cache_control' or caching = 'false' or cardinality(v_marks) = 4 then
    return body;
  end if;
  return body || jsonb_build_object('cache_control', case
    when '5m' = any (v_marks) or caching = '"5m"' then '{"type": "ephemeral", "ttl": "5m"}'::jsonb
    when caching = '"1h"' then '{"type": "ephemeral", "ttl": "1h"}'
    else '{"type": "ephemeral"}'
  end);
end
$$;
comment on function agentpg._mark_prefix(jsonb, jsonb) is
  'The request with the automatic cache mark: by the mode (5 minutes, an hour in a batch), or of 5m or 1h as prompt_caching says; no mark when that is false, or all four are taken. AP111 when the marks of users are too many, or in an order that the API refuses.';

create function agentpg._check_marks(body jsonb, content jsonb)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_marks text[] := agentpg._content_marks(content);
  v_before text[];
begin
  if v_marks = '{}' then
    return;
  end if;
  v_before := agentpg._prefix_marks(body);
  if cardinality(v_before || v_marks) > 4 then
    perform agentpg._refuse('AP103', format('content has %s cache_control marks, and tools and system prompt have %s; the API takes 4 in a request',
      cardinality(v_marks), cardinality(v_before)), 'mark the last block of what stays the same');
  elsif agentpg._hour_after_minutes(v_before || v_marks) then
    perform agentpg._refuse('AP103', 'a cache_control mark with ttl 1h comes after one with ttl 5m, which the API refuses',
      'in the order tools, system prompt, messages, those of an hour come first');
  end if;
end
$$;
comment on function agentpg._check_marks(jsonb, jsonb) is 'AP103 when a prompt has cache marks that the API would refuse after those of its agent.';

create function agentpg._marked_message(message jsonb, kept text[])
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_next integer := 0;
  v_path text[];
  v_new jsonb;
begin
  for v_path in
    select array['content', (b.place - 1)::text] || m.path || '{cache_control}'
    from jsonb_array_elements(message -> 'content') with ordinality as b(block, place)
    cross join lateral (
      select i.place, array['content', (i.place - 1)::text] as path, i.part -> 'cache_control' as mark
      from jsonb_array_elements(case jsonb_typeof(b.block -> 'content') when 'array' then b.block -> 'content' else '[]' end) with ordinality as i(part, place)
      union all
      select null, '{}', b.block -> 'cache_control'
    ) m
    where jsonb_typeof(m.mark) = 'object'
    order by b.place, m.place nulls last
  loop
    v_next := v_next + 1;
    v_new := case kept[v_next] when '1h' then '{"type": "ephemeral", "ttl": "1h"}' when '5m' then '{"type": "ephemeral"}' end;
    message := case when v_new is null then message #- v_path else jsonb_set(message, v_path, v_new) end;
  end loop;
  return message;
end
$$;
comment on function agentpg._marked_message(jsonb, text[]) is 'The message with its cache marks as kept says in order: 5m, 1h, or null for none.';

create function agentpg._within_marks(body jsonb, messages jsonb)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_before text[];
  v_own boolean := jsonb_typeof(body -> 'cache_control') = 'object';
  v_newest integer;
  v_room integer;
  v_kept text[];
begin
  if not messages @? '$[*].content[*].cache_control' and not messages @? '$[*].content[*].content[*].cache_control' then
    return body || jsonb_build_object('messages', messages);
  end if;
  v_before := agentpg._prefix_marks(body);
  select cardinality(c.marks) into v_newest
  from jsonb_array_elements(messages) with ordinality as m(message, place)
  cross join lateral (select agentpg._content_marks(m.message -> 'content') as marks) c
  where c.marks <> '{}'
  order by m.place desc
  limit 1;
  -- The marks of the newest prompt come before ours, and ours before those that have served.
  v_own := v_own and cardinality(v_before) + v_newest < 4;
  v_room := 4 - cardinality(v_before) - v_own::integer;

  with mark as (
    select m.place as message_place, t.place, t.ttl, row_number() over (order by m.place desc, t.place desc) <= v_room as kept
    from jsonb_array_elements(messages) with ordinality as m(message, place)
    cross join lateral unnest(agentpg._content_marks(m.message -> 'content')) with ordinality as t(ttl, place)
  ), lasting as (
    select k.message_place, k.place, k.kept,
      -- An hour after five minutes is refused; five minutes more are not.
      case when k.ttl = '1h' and '5m' <> all (v_before) and not coalesce(
          bool_or(k.kept and k.ttl = '5m') over (order by k.message_place, k.place rows between unbounded preceding and 1 preceding), false
        ) then '1h' else '5m' end as ttl
    from mark k
  ), changed as (
    select l.message_place, array_agg(case when l.kept then l.ttl end order by l.place) as kept
    from lasting l
    group by l.message_place
  )
  select jsonb_agg(case when c.kept is null then m.message else agentpg._marked_message(m.message, c.kept) end order by m.place),
    (select array_agg(distinct l.ttl) from lasting l where l.kept)
  into messages, v_kept
  from jsonb_array_elements(messages) with ordinality as m(message, place)
  left join changed c on c.message_place = m.place;

  if not v_own then
    body := body - 'cache_control';
  elsif '5m' = any (v_kept) and body #>> '{cache_control,ttl}' = '1h' then
    body := jsonb_set(body, '{cache_control}', '{"type": "ephemeral"}');
  end if;
  return body || jsonb_build_object('messages', messages);
end
$$;
comment on function agentpg._within_marks(jsonb, jsonb) is
  'The request with these messages. With cache marks of users in them, the newest are kept as far as the API takes them, and lose an hour that it would refuse.';

commit;
