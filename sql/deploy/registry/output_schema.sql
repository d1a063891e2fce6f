-- Deploy agentpg:registry/output_schema to pg
-- requires: core/errors
begin;

create function agentpg._refuse_schema(place text, problem text, hint text default null)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._refuse('AP256', format('%s: %s', place, problem),
    coalesce(hint, 'a schema that should go to the API as it is can be given as request: {"output_config": {"format": {"type": "json_schema", "schema": ...}}}'),
    jsonb_build_object('place', place));
end
$$;
comment on function agentpg._refuse_schema(text, text, text) is 'AP256 with the path of what the API would refuse.';

create function agentpg._check_references(schema jsonb, place text)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_bad text;
begin
  with recursive definitions as (
    select format('#/%s/%s', n.name, d.key) as name, d.value as body
    from unnest(array['$defs', 'definitions']) as n(name)
    cross join lateral jsonb_each(case jsonb_typeof(schema -> n.name) when 'object' then schema -> n.name else '{}' end) d
  ), mentions as (
    select d.name as within, r.ref #>> '{}' as ref
    from (select '' as name, schema as body union all select d.name, d.body from definitions d) d
    cross join lateral jsonb_path_query(d.body, '$.**."$ref"') as r(ref)
    where jsonb_typeof(r.ref) = 'string'
  ), walk as (
    select m.within, m.ref from mentions m
    union
    select w.within, m.ref from walk w join mentions m on m.within = w.ref
  )
  select min(case
      when w.ref in ('#', w.within) then format('%s refers to itself, and the API takes no recursive schema', w.ref)
      else format('there is nothing at %s', w.ref)
    end) into v_bad
  from walk w
  where w.ref in ('#', w.within) or not exists (select from definitions d where d.name = w.ref);
  if v_bad is not null then
    perform agentpg._refuse_schema(place, v_bad, 'a $ref names an entry of $defs at the top of the schema that does not lead back to itself');
  end if;
end
$$;
comment on function agentpg._check_references(jsonb, text) is 'AP256 when a $ref of a schema leads nowhere, or in a circle.';

create function agentpg._strict_object(schema jsonb, place text)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if coalesce(schema -> 'additionalProperties', 'false') <> 'false' then
    perform agentpg._refuse_schema(place, 'additionalProperties must be false: the API takes no object whose keys are not known',
      'use an array of objects such as {"key": ..., "value": ...}');
  end if;
  if coalesce(jsonb_typeof(schema -> 'properties'), 'none') <> 'object' then
    perform agentpg._refuse_schema(place, 'an object needs properties, or nothing but {} would fit it');
  end if;
  return jsonb_build_object(
    'additionalProperties', false,
    'properties', (
      select coalesce(jsonb_object_agg(p.key, agentpg._strict_schema(p.value, format('%s.properties.%s', place, p.key))), '{}')
      from jsonb_each(schema -> 'properties') p
    )
  ) || case when schema ? 'required' then jsonb_build_object('required', schema -> 'required') else '{}' end;
end
$$;

create function agentpg._strict_schema(schema jsonb, place text)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_formats constant text[] := array[
    'date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid'
  ];
  v_strict jsonb := '{}';
  v_type jsonb := schema -> 'type';
  v_name text;
  v_fixed boolean;
begin
  if jsonb_typeof(schema) is distinct from 'object' then
    perform agentpg._refuse_schema(place, format('it is %s; a schema must be an object', coalesce(left(schema::text, 80), 'missing')));
  end if;
  foreach v_name in array array['$defs', 'definitions'] loop
    if jsonb_typeof(schema -> v_name) = 'object' then
      v_strict := v_strict || jsonb_build_object(v_name, (
        select coalesce(jsonb_object_agg(d.key, agentpg._strict_schema(d.value, format('%s.%s.%s', place, v_name, d.key))), '{}')
        from jsonb_each(schema -> v_name) d
      ));
      schema := schema - v_name;
    end if;
  end loop;
  if schema ? '$ref' then
    return v_strict || jsonb_build_object('$ref', schema -> '$ref');
  end if;

  v_fixed := schema ? 'const' and jsonb_typeof(schema -> 'const') not in ('object', 'array')
    or coalesce(jsonb_typeof(schema -> 'enum'), 'none') = 'array' and schema -> 'enum' <> '[]'
      and not exists (select from jsonb_array_elements(schema -> 'enum') as e(value) where jsonb_typeof(e.value) in ('object', 'array'));
  if v_fixed then
    select v_strict || jsonb_object_agg(k.key, k.value) into v_strict
    from jsonb_each(schema) k where k.key in ('const', 'enum');
    schema := schema - array['const', 'enum', 'type'];
    v_type := null;
  elsif jsonb_typeof(v_type) = 'array' then
    return v_strict || agentpg._strict_schema(
      jsonb_build_object('anyOf', (
        select coalesce(jsonb_agg((schema - array['title', 'description']) || jsonb_build_object('type', t.type) order by t.index), '[]')
        from jsonb_array_elements(v_type) with ordinality as t(type, index)
      )) || (select coalesce(jsonb_object_agg(k.key, k.value), '{}') from jsonb_each(schema) k where k.key in ('title', 'description')),
      place
    );
  end if;

  select k.key into v_name from jsonb_each(schema) k
  where k.key in ('anyOf', 'oneOf', 'allOf') and jsonb_typeof(k.value) = 'array' order by k.key limit 1;
  if v_name is not null then
    if schema ?| array_remove(array['anyOf', 'oneOf', 'allOf'], v_name) then
      perform agentpg._refuse_schema(place, 'anyOf, oneOf and allOf cannot stand side by side');
    end if;
    v_strict := v_strict || jsonb_build_object(case v_name when 'oneOf' then 'anyOf' else v_name end, (
      select coalesce(jsonb_agg(agentpg._strict_schema(b.branch, format('%s.%s[%s]', place, v_name, b.index - 1)) order by b.index), '[]')
      from jsonb_array_elements(schema -> v_name) with ordinality as b(branch, index)
    ));
    schema := schema - v_name;
  elsif not v_fixed then
    if coalesce(v_type #>> '{}', '') not in ('object', 'array', 'string', 'integer', 'number', 'boolean', 'null') then
      perform agentpg._refuse_schema(place, 'a schema needs a type, anyOf, oneOf, allOf, or an enum or const of plain values');
    end if;
    v_strict := v_strict || jsonb_build_object('type', v_type);
  end if;

  if v_type = '"object"' then
    v_strict := v_strict || agentpg._strict_object(schema, place);
    schema := schema - array['properties', 'additionalProperties', 'required'];
  elsif v_type = '"array"' then
    if schema ? 'items' then
      v_strict := v_strict || jsonb_build_object('items', agentpg._strict_schema(schema -> 'items', place || '.items'));
      schema := schema - 'items';
    end if;
    if schema -> 'minItems' in ('0', '1') then
      v_strict := v_strict || jsonb_build_object('minItems', schema -> 'minItems');
      schema := schema - 'minItems';
    end if;
  elsif v_type = '"string"' and schema ->> 'format' = any (v_formats) then
    v_strict := v_strict || jsonb_build_object('format', schema -> 'format');
    schema := schema - 'format';
  end if;
  return v_strict || agentpg._schema_notes(schema - 'type');
end
$$;
comment on function agentpg._strict_object(jsonb, text) is 'The part of a strict schema that says what an object has.';
comment on function agentpg._strict_schema(jsonb, text) is
  'A JSON Schema as structured output takes it: closed objects, oneOf as anyOf, and what the API does not enforce moved into the description, where the model reads it. AP256 with the path of what cannot be said at all.';

create function agentpg._schema_notes(rest jsonb)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_notes text;
begin
  select '{' || string_agg(format('%s: %s', k.key, k.value), ', ' order by k.key) || '}' into v_notes
  from jsonb_each(rest) k
  where k.key not in ('title', 'description');
  return jsonb_strip_nulls(jsonb_build_object(
    'title', rest -> 'title',
    'description', nullif(concat_ws(E'\n\n', rest ->> 'description', v_notes), '')
  ));
end
$$;
comment on function agentpg._schema_notes(jsonb) is 'Title and description of a schema, with the keywords that are left.';

create function agentpg._output_format(output_schema jsonb, place text)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._check_references(output_schema, place);
  return jsonb_build_object('type', 'json_schema', 'schema', agentpg._strict_schema(output_schema, place));
end
$$;
comment on function agentpg._output_format(jsonb, text) is 'output_config.format for a schema, or AP256.';

commit;
