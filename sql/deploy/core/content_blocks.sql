-- Deploy agentpg:core/content_blocks to pg
-- requires: core/settings
begin;

create function agentpg._is_blank(value text)
returns boolean
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  -- What Unicode calls white space: the API judges by that.
  v_space constant text := E' \t\n\u000b\f\r\u001c\u001d\u001e\u001f\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';
begin
  -- Most texts say something at once; a long one is not copied to find out.
  return btrim(left(value, 50), v_space) = '' and btrim(value, v_space) = '';
end
$$;
comment on function agentpg._is_blank(text) is 'Whether a text holds white space alone: the API refuses each request that has such a block.';

create function agentpg._unknown_block_names(names text[])
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.string_agg(n.name, ', ' order by n.name)
  from unnest(names) as n(name), agentpg.settings s
  where n.name <> all (s.extra_block_names)
$$;
comment on function agentpg._unknown_block_names(text[]) is 'Those of the names that the setting extra_block_names does not allow; null when it allows all.';

create function agentpg._cache_control_problem(mark jsonb)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when coalesce(jsonb_typeof(mark), 'null') = 'null' then null
    when jsonb_typeof(mark) <> 'object' or mark ->> 'type' is distinct from 'ephemeral'
      then ' has a cache_control that is not of type ephemeral'
    when coalesce(mark ->> 'ttl', '5m') not in ('5m', '1h') then format(' has a cache_control with ttl %s; the API takes 5m and 1h', mark -> 'ttl')
  end;
end
$$;
comment on function agentpg._cache_control_problem(jsonb) is 'What is wrong with the cache_control of a block; null for nothing.';

create function agentpg._source_problem(block_type text, source jsonb)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_kind text := source ->> 'type';
  v_media_type text := source ->> 'media_type';
  v_wanted text;
  v_media_types text[];
  v_others text[];
begin
  if coalesce(jsonb_typeof(source), 'none') <> 'object' then
    return format(' is a block of type %s without a source object', block_type);
  elsif coalesce(jsonb_typeof(source -> 'type'), 'none') <> 'string' or v_kind = '' then
    return format(' is a block of type %s whose source has no type', block_type);
  elsif v_kind <> all (case block_type when 'image' then '{base64,url,file}' else '{base64,text,content,url,file}' end::text[])
    and agentpg._unknown_block_names(array[v_kind]) is not null
  then
    return format(' is a block of type %s whose source has type %s; the API takes %s', block_type, v_kind,
      case block_type when 'image' then 'base64, url and file' else 'base64, text, content, url and file' end);
  end if;
  v_wanted := case v_kind when 'base64' then 'data' when 'text' then 'data' when 'url' then 'url' when 'file' then 'file_id' end;
  if v_wanted is not null and (coalesce(jsonb_typeof(source -> v_wanted), 'none') <> 'string' or source ->> v_wanted = '') then
    return format(' is a block of type %s whose source of type %s has no %s', block_type, v_kind, v_wanted);
  elsif v_kind = 'content' and coalesce(jsonb_typeof(source -> 'content'), 'none') not in ('string', 'array') then
    return format(' is a block of type %s whose source of type content has no content', block_type);
  end if;
  v_media_types := case
    when v_kind = 'text' then '{text/plain}'
    when v_kind = 'base64' and block_type = 'image' then '{image/jpeg,image/png,image/gif,image/webp}'
    when v_kind = 'base64' then '{application/pdf}'
  end;
  -- Of a type of source that this version does not know, the API knows the keys.
  v_others := array(
    select k.key from jsonb_object_keys(source) as k(key)
    where (v_wanted is not null or v_kind = 'content') and k.key <> all (array['type', coalesce(v_wanted, 'content')])
      and (k.key <> 'media_type' or v_media_types is null)
  );
  if v_others <> '{}' and agentpg._unknown_block_names(v_others) is not null then
    return format(' is a block of type %s whose source of type %s has keys that the API does not take: %s', block_type, v_kind, agentpg._unknown_block_names(v_others));
  elsif v_media_types is null then
    return null;
  elsif v_media_type is null then
    return format(' is a block of type %s whose source has no media_type', block_type);
  elsif v_media_type <> all (v_media_types) and agentpg._unknown_block_names(array[v_media_type]) is not null then
    return format(' is a block of type %s whose source has media_type %s; the API takes %s', block_type, v_media_type, array_to_string(v_media_types, ', '));
  elsif v_kind = 'base64' and left(source ->> 'data', 5) = 'data:' then
    return format(' is a block of type %s whose data begin with data:; the API takes the base64 alone', block_type);
  end if;
  return null;
end
$$;
comment on function agentpg._source_problem(text, jsonb) is 'What is wrong with the source of an image or a document; null for nothing.';

create function agentpg._block_keys(block_type text)
returns text[]
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case block_type
    when 'text' then '{type,text,cache_control,citations}'
    when 'image' then '{type,source,cache_control,transformations}'
    when 'document' then '{type,source,title,context,citations,cache_control}'
    when 'search_result' then '{type,source,title,content,citations,cache_control}'
    when 'container_upload' then '{type,file_id,cache_control}'
    when 'tool_reference' then '{type,tool_name,cache_control}'
    when 'browser_state' then '{type,tabs,state_changes,cache_control}'
  end::text[];
end
$$;
comment on function agentpg._block_keys(text) is 'The keys that the API takes in a block of this type; null for a type that it alone can judge.';

create function agentpg._place_problem(block_type text, place text)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when block_type = 'text' then null
    when block_type in ('tool_use', 'tool_result', 'server_tool_use', 'thinking', 'redacted_thinking', 'mcp_tool_use', 'mcp_tool_listing', 'compaction', 'fallback')
      or block_type like '%\_tool\_result'
      then format(' has type %s, which only the engine and the model write', block_type)
    when block_type in ('tool_addition', 'tool_removal') then format(' has type %s, which stands in system messages alone', block_type)
    when block_type in ('tool_reference', 'browser_state') and place <> 'tool result'
      then format(' has type %s, which stands in the result of a tool alone', block_type)
    when block_type = 'container_upload' and place <> 'prompt' then format(' has type %s, which stands in a prompt alone', block_type)
    when place = 'search result' and block_type in ('image', 'document', 'search_result')
      or place = 'document' and block_type in ('document', 'search_result')
      then format(' has type %s, which may not stand in a %s', block_type, place)
  end;
end
$$;
comment on function agentpg._place_problem(text, text) is 'Why a block of this type may not stand in a prompt, tool result, document or search result; null when it may.';

create function agentpg._block_problem(block jsonb, name text, place text default 'prompt')
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_type text := block ->> 'type';
  v_problem text;
  v_unknown text;
  v_inner jsonb;
begin
  -- Most blocks are this.
  if v_type = 'text' then
    if jsonb_typeof(block -> 'text') = 'string' and block - '{type,text}'::text[] = '{}' and not agentpg._is_blank(block ->> 'text') then
      return null;
    end if;
  end if;
  v_problem := case
    when jsonb_typeof(block) <> 'object' then ' is not an object'
    when coalesce(jsonb_typeof(block -> 'type'), 'none') <> 'string' or v_type = '' then ' has no type'
    else agentpg._place_problem(v_type, place)
  end;
  if v_problem is null then
    v_problem := case v_type
      when 'text' then case
          when coalesce(jsonb_typeof(block -> 'text'), 'none') <> 'string' then ' is a text block without text'
          when place <> 'tool result' and agentpg._is_blank(block ->> 'text') then ' is an empty text block'
          when coalesce(block -> 'citations', 'null') not in ('null', '[]') then ' is a text block with citations, which only the model writes'
        end
      when 'image' then agentpg._source_problem(v_type, block -> 'source')
      when 'document' then agentpg._source_problem(v_type, block -> 'source')
      when 'search_result' then case
          when coalesce(jsonb_typeof(block -> 'source'), 'none') <> 'string' then ' is a search result without a source'
          when coalesce(jsonb_typeof(block -> 'title'), 'none') <> 'string' then ' is a search result without a title'
          when coalesce(jsonb_typeof(block -> 'content'), 'none') <> 'array' then ' is a search result without an array of content'
        end
      when 'container_upload' then case when coalesce(jsonb_typeof(block -> 'file_id'), 'none') <> 'string' then ' is a container upload without a file_id' end
      when 'tool_reference' then case when coalesce(jsonb_typeof(block -> 'tool_name'), 'none') <> 'string' then ' is a tool reference without a tool_name' end
      when 'browser_state' then case
          when coalesce(jsonb_typeof(block -> 'tabs'), 'none') <> 'array' or block @? 'strict $.tabs[*] ? (@.type() != "object")'
            then ' is a browser state without an array of tabs'
          when block -> 'tabs' <> '[]' and jsonb_array_length(jsonb_path_query_array(block, 'lax $.tabs[*] ? (@.active == true)')) <> 1
            then ' is a browser state of which not exactly one tab is active'
          when coalesce(jsonb_typeof(block -> 'state_changes'), 'null') not in ('array', 'null') or block -> 'state_changes' = '[]'
            then ' is a browser state whose state_changes are not an array of some'
        end
    end;
  end if;
  if v_problem is null and v_type in ('document', 'search_result') then
    v_problem := case
      when coalesce(jsonb_typeof(block -> 'citations'), 'null') not in ('object', 'null') then ' has citations that are not an object such as {"enabled": true}'
      when v_type = 'document' and coalesce(jsonb_typeof(block -> 'title'), 'null') not in ('string', 'null') then ' has a title that is not a text'
      when v_type = 'document' and coalesce(jsonb_typeof(block -> 'context'), 'null') not in ('string', 'null') then ' has a context that is not a text'
    end;
  end if;
  v_problem := coalesce(v_problem, agentpg._cache_control_problem(block -> 'cache_control'));
  if v_problem is null and block - agentpg._block_keys(v_type) <> '{}' then
    v_unknown := agentpg._unknown_block_names(array(select jsonb_object_keys(block - agentpg._block_keys(v_type))));
    v_problem := ' has keys that the API does not take in a block of type ' || v_type || ': ' || v_unknown;
  end if;
  if v_problem is not null then
    return name || v_problem;
  end if;

  v_inner := case v_type when 'search_result' then block -> 'content' when 'document' then block #> '{source,content}' end;
  if jsonb_typeof(v_inner) = 'array' then
    return (
      select agentpg._block_problem(b.block, format('%s, content %s', name, b.place - 1), case v_type when 'document' then 'document' else 'search result' end)
      from jsonb_array_elements(v_inner) with ordinality as b(block, place)
      where agentpg._block_problem(b.block, '', case v_type when 'document' then 'document' else 'search result' end) is not null
      order by b.place
      limit 1
    );
  end if;
  return null;
end
$$;
comment on function agentpg._block_problem(jsonb, text, text) is
  'What the API would refuse of a block, as a sentence that begins with its name; null for nothing. place: prompt, tool result (where blank text is left out later), document, search result. Types unknown today pass: the API is the judge of those.';

commit;
