-- Deploy agentpg:core/validation to pg
-- requires: core/errors
-- requires: core/settings
-- requires: core/nearest_name
-- requires: core/content_blocks
begin;

create function agentpg._check_metadata(metadata jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_max integer;
begin
  if metadata is null then
    return '{}'::jsonb;
  end if;
  if jsonb_typeof(metadata) <> 'object' then
    perform agentpg._refuse('AP104', format('metadata must be a JSON object, not %s', jsonb_typeof(metadata)), 'for example {"tenant_id": "acme"}');
  end if;
  if jsonb_typeof(metadata -> 'tenant_id') not in ('string', 'null') then
    perform agentpg._refuse('AP104', 'metadata.tenant_id must be a string', 'write {"tenant_id": "7"}, not {"tenant_id": 7}');
  end if;
  select s.max_metadata_bytes into v_max from agentpg.settings s;
  if octet_length(metadata::text) > v_max then
    perform agentpg._refuse('AP105', format('metadata has %s bytes; at most %s are allowed', octet_length(metadata::text), v_max),
      'store large values in your own tables and keep their ids here, or raise max_metadata_bytes with agentpg.configure()');
  end if;
  return metadata;
end
$$;
comment on function agentpg._check_metadata(jsonb) is 'Metadata as stored (null becomes {}), or AP104/AP105.';

create function agentpg._check_blocks(content jsonb, place text, code text)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_found record;
  v_marks integer;
begin
  select b.place - 1 as index, p.problem into v_found
  from jsonb_array_elements(content) with ordinality as b(block, place)
  cross join lateral (select agentpg._block_problem(b.block, 'content block ' || b.place - 1, _check_blocks.place) as problem) p
  where p.problem is not null
  order by b.place
  limit 1;
  if found then
    perform agentpg._refuse(code, v_found.problem,
      'content is an array of blocks such as {"type": "text", "text": "Hello"}; what the API takes by now may be named in the setting extra_block_names',
      jsonb_build_object('block', v_found.index));
  elsif place = 'tool result' and jsonb_array_length(jsonb_path_query_array(content, 'lax $[*] ? (@.type == "browser_state")')) > 1 then
    perform agentpg._refuse(code, 'there is more than one block of type browser_state; the API takes one in a result', 'return the latest one');
  elsif content @? 'strict $.**.cache_control' then
    select count(*) into v_marks from jsonb_path_query(content, 'strict $.**.cache_control ? (@.type() == "object")');
    if v_marks > 4 then
      perform agentpg._refuse(code, format('content has %s cache_control marks; the API takes 4 in a request', v_marks),
        'mark the last block of what stays the same');
    end if;
  end if;
end
$$;
comment on function agentpg._check_blocks(jsonb, text, text) is
  'Refuses an array of blocks with what the API would refuse in a prompt or a tool result, and says which block is at fault.';

create function agentpg._check_prompt(prompt text, content jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_max integer;
  v_content jsonb := content;
begin
  if (prompt is null or btrim(prompt, E' \t\r\n') = '') and (content is null or content = '[]') then
    perform agentpg._refuse('AP102', 'the prompt is empty', 'pass prompt => ''...'' or content => an array of content blocks');
  end if;
  if prompt is not null and content is not null then
    perform agentpg._refuse('AP100', 'both prompt and content were given', 'put the text into a text block of content, or leave content out');
  end if;
  if content is null then
    v_content := jsonb_build_array(jsonb_build_object('type', 'text', 'text', prompt));
  elsif jsonb_typeof(content) <> 'array' then
    perform agentpg._refuse('AP103', format('content must be a JSON array of blocks, not %s', jsonb_typeof(content)),
      'for plain text pass prompt => ''...''');
  else
    perform agentpg._check_blocks(content, 'prompt', 'AP103');
  end if;
  select s.max_content_bytes into v_max from agentpg.settings s;
  if octet_length(v_content::text) > v_max then
    perform agentpg._refuse('AP105', format('the prompt has %s bytes; at most %s are allowed', octet_length(v_content::text), v_max),
      'send large files by reference (Files API), or raise max_content_bytes with agentpg.configure()');
  end if;
  return v_content;
end
$$;
comment on function agentpg._check_prompt(text, jsonb) is
  'The prompt as content blocks, or AP100, AP102, AP103 (with the block''s index) or AP105.';

create function agentpg._unknown_keys(given jsonb, known text[])
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select pg_catalog.string_agg(k.key, ', ' order by k.key)
    from pg_catalog.jsonb_object_keys(given) as k(key)
    where k.key <> all (known)
  );
end
$$;
comment on function agentpg._unknown_keys(jsonb, text[]) is 'The keys of an object that are not known, as a list; null when all are.';

create function agentpg._check_page(max_count integer, skip integer default 0)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if max_count is null or max_count <= 0 or max_count > 10000 then
    perform agentpg._refuse('AP108', format('max_count is %s; it must be between 1 and 10000', coalesce(max_count::text, 'null')));
  end if;
  if skip is null or skip < 0 then
    perform agentpg._refuse('AP108', format('skip is %s; it must not be negative', coalesce(skip::text, 'null')));
  end if;
end
$$;
comment on function agentpg._check_page(integer, integer) is 'AP108 unless the page is between 1 and 10,000 rows and starts at or after 0.';

commit;
