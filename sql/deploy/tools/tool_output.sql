-- Deploy agentpg:tools/tool_output to pg
-- requires: core/settings
-- requires: core/validation
-- requires: conversation/append_message
begin;

create function agentpg._is_blocks(output jsonb)
returns boolean
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.jsonb_typeof(output) = 'array' and output <> '[]' and not exists (
    select from pg_catalog.jsonb_array_elements(
      case when pg_catalog.jsonb_typeof(output) = 'array' then output else '[]' end
    ) as b(block)
    where not coalesce(case b.block ->> 'type'
        when 'text' then pg_catalog.jsonb_typeof(b.block -> 'text') = 'string'
        when 'image' then pg_catalog.jsonb_typeof(b.block -> 'source') = 'object'
        when 'document' then pg_catalog.jsonb_typeof(b.block -> 'source') = 'object'
        when 'search_result' then b.block ? 'source'
        when 'tool_reference' then b.block ? 'tool_name'
        when 'browser_state' then true
      end, false)
  )
$$;
comment on function agentpg._is_blocks(jsonb) is
  'Whether a value is an array of content blocks that the API takes in a tool result. Anything else would spoil every later request of the session.';

create function agentpg._check_output(output jsonb)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if jsonb_typeof(output) = 'array' and agentpg._is_blocks(output) then
    perform agentpg._check_blocks(output, 'tool result', 'AP250');
  end if;
end
$$;
comment on function agentpg._check_output(jsonb) is
  'AP250 when an output is content blocks and the API would refuse one of them: stored, it would spoil every later request of the session.';

create function agentpg._whole_characters(bytes bytea)
returns bytea
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_length integer := octet_length(bytes);
  v_start integer := v_length;
  v_byte integer;
begin
  if v_length = 0 then
    return bytes;
  end if;
  -- Back to the byte that starts the last character: not of the form 10xxxxxx.
  while v_start > 1 and (get_byte(bytes, v_start - 1) & 192) = 128 loop
    v_start := v_start - 1;
  end loop;
  v_byte := get_byte(bytes, v_start - 1);
  if v_length - v_start + 1 = (case when v_byte < 128 then 1 when v_byte < 224 then 2 when v_byte < 240 then 3 else 4 end) then
    return bytes;
  end if;
  return substring(bytes for v_start - 1);
end
$$;
comment on function agentpg._whole_characters(bytea) is 'UTF-8 bytes without a torn character at the end.';

create function agentpg._cut_text(value text, max_bytes integer)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if octet_length(value) <= max_bytes then
    return value;
  end if;
  -- Cut by bytes, less the torn character at the end.
  return regexp_replace(convert_from(agentpg._whole_characters(substring(convert_to(value, 'UTF8') for max_bytes)), 'UTF8'), '\s+$', '')
    || format(E'\n[cut: the first %s of %s bytes]', max_bytes, octet_length(value));
end
$$;
comment on function agentpg._cut_text(text, integer) is 'The text, or its first max_bytes bytes (whole characters) and a marker that says so.';

create function agentpg._tool_content(output jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_settings agentpg.settings;
  v_share integer;
  v_text text;
begin
  select s.* into v_settings from agentpg.settings s;
  if jsonb_typeof(output) = 'array' and agentpg._is_blocks(output) then
    output := agentpg._without_blank_text(output);
    if octet_length(output::text) <= v_settings.max_tool_output_bytes then
      return output;
    end if;
    -- Text can be cut, an image or a document cannot. Each text gets an equal share.
    v_share := v_settings.max_tool_output_bytes / jsonb_array_length(output);
    return (
      select jsonb_agg(case
          when b.block ->> 'type' = 'text' and octet_length(b.block ->> 'text') > v_share
            then jsonb_build_object('type', 'text', 'text', agentpg._cut_text(b.block ->> 'text', v_share))
          when b.block ->> 'type' <> 'text' and octet_length(b.block::text) > v_settings.max_tool_media_bytes
            then jsonb_build_object('type', 'text', 'text', format('[left out: a block of type %s with %s bytes; at most %s bytes are kept]',
              b.block ->> 'type', octet_length(b.block::text), v_settings.max_tool_media_bytes))
          else b.block
        end order by b.place)
      from jsonb_array_elements(output) with ordinality as b(block, place)
    );
  end if;
  v_text := case when jsonb_typeof(output) = 'string' then output #>> '{}' when output = 'null' then '' else output::text end;
  return to_jsonb(agentpg._cut_text(coalesce(v_text, ''), v_settings.max_tool_output_bytes));
end
$$;
comment on function agentpg._tool_content(jsonb) is
  'A tool''s output as the content of its result: text, content blocks as they are (blank text left out), other JSON as its text; text is cut at max_tool_output_bytes, larger media than max_tool_media_bytes are left out, each with a marker.';

commit;
