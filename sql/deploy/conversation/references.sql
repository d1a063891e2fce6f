-- Deploy agentpg:conversation/references to pg
-- requires: conversation/large_content
begin;

-- Below 8 kB a row of its own and a look-up cost about what they save. A path of ten steps reaches the data of a document
-- within a tool result with room to spare; what lies deeper stays where it is.
create function agentpg._large_strings(content jsonb)
returns table (path text[], data text)
language plpgsql
immutable
rows 2
set search_path = pg_catalog, pg_temp
as $$
begin
  -- The rows of the recursion hold paths and not what stands there: copying a megabyte from row to row took 20 ms.
  return query
  with recursive nodes as (
    select '{}'::text[] as path, jsonb_typeof(content) as kind
    union all
    select n.path || c.key, c.kind
    from nodes n
    cross join lateral (
      select m.key, jsonb_typeof(m.value) as kind, pg_column_size(m.value) as size
      from jsonb_each(case when n.kind = 'object' then content #> n.path end) m
      union all
      select (e.place - 1)::text, jsonb_typeof(e.value), pg_column_size(e.value)
      from jsonb_array_elements(case when n.kind = 'array' then content #> n.path end) with ordinality e(value, place)
    ) c
    -- The input of a tool call is what the tool gets: it stays whole.
    where c.size >= 8192 and c.key <> 'input' and cardinality(n.path) < 10
  )
  select n.path, content #>> n.path
  from nodes n
  where n.kind = 'string' and n.path[cardinality(n.path)] = 'data';
end
$$;
comment on function agentpg._large_strings(jsonb) is
  'The strings of 8 kB and more under the key data, at whatever depth a block may have one, and where they stand.';

create function agentpg._put_aside(content jsonb, session_id uuid, tenant_id text)
returns jsonb
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_found record;
  v_last bytea := '';
  v_id uuid;
begin
  if pg_column_size(content) < 8192 or not content @? 'strict $.**{0 to 10}.data ? (@.type() == "string")' then
    return content;
  end if;
  for v_found in
    select f.path, f.data, sha256(convert_to(f.data, 'UTF8')) as hash
    from agentpg._large_strings(content) f
    order by hash
  loop
    if v_found.hash <> v_last then
      v_id := agentpg._store_content(session_id, tenant_id, v_found.hash, v_found.data);
      v_last := v_found.hash;
    end if;
    if v_id is not null then
      content := jsonb_set(content, v_found.path,
        jsonb_build_object('$agentpg_content', v_id, 'bytes', octet_length(v_found.data)));
    end if;
  end loop;
  return content;
end
$$;
comment on function agentpg._put_aside(jsonb, uuid, text) is
  'Content as a session keeps it: each large string is stored once for the tenant, and {"$agentpg_content": id, "bytes": size} stands in its place. Small content costs one look at its size.';

create function agentpg._filled_in(node jsonb, strings jsonb, depth integer)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if depth > 14 then
    return node;
  elsif jsonb_typeof(node) = 'array' then
    return (
      select jsonb_agg(
        case when e.value @? 'strict $.**{0 to 12}.data."$agentpg_content"' then agentpg._filled_in(e.value, strings, depth + 1) else e.value end
        order by e.place
      )
      from jsonb_array_elements(node) with ordinality e(value, place)
    );
  end if;
  return (
    select jsonb_object_agg(m.key, case
        when m.key = 'data' and jsonb_typeof(m.value) = 'object' and m.value ? '$agentpg_content'
          then coalesce(strings -> (m.value ->> '$agentpg_content'), m.value)
        when m.value @? 'strict $.**{0 to 12}.data."$agentpg_content"' then agentpg._filled_in(m.value, strings, depth + 1)
        else m.value
      end)
    from jsonb_each(node) m
  );
end
$$;
comment on function agentpg._filled_in(jsonb, jsonb, integer) is
  'An array or object with the strings, by id, in the place of the references to them.';

create function agentpg._with_strings(content jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_strings jsonb;
begin
  select jsonb_object_agg(c.id, c.data) into v_strings
  from agentpg.large_contents c
  where c.id = any (array(
    select distinct (r.id #>> '{}')::uuid
    from jsonb_path_query(content,
      'strict $.**{0 to 12}.data."$agentpg_content" ? (@ like_regex "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")') as r(id)
  ));
  return case when v_strings is null then content else agentpg._filled_in(content, v_strings, 0) end;
end
$$;
comment on function agentpg._with_strings(jsonb) is 'Content with its large strings: one look-up for each distinct reference.';

create function agentpg.whole_content(content jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return case when content @? 'strict $.**{0 to 12}.data."$agentpg_content"' then agentpg._with_strings(content) else content end;
end
$$;
comment on function agentpg.whole_content(jsonb) is
  'Content as it was given, for those who read the tables themselves: {"$agentpg_content": id} in a column content stands for a large string, which is stored once per tenant. What only looks like such a reference stays as it is. All other functions and the views do this by themselves.';

create function agentpg._whole_messages(session_id uuid, messages jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
begin
  if exists (select from agentpg.content_uses u where u.session_id = _whole_messages.session_id) then
    return agentpg.whole_content(messages);
  end if;
  return messages;
end
$$;
comment on function agentpg._whole_messages(uuid, jsonb) is
  'The messages of a request with their large strings. A session that has none pays one probe of an index, however long it is.';

commit;
