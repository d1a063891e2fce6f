begin;
select plan(16);

create function pg_temp.where_in(schema text) returns text language plpgsql as $$
begin
  perform agentpg._output_format(schema::jsonb, 'option output_schema');
  return 'not refused';
exception
  when sqlstate 'AP256' then
    return sqlerrm;
end
$$;
select matches(pg_temp.where_in('[]'), '^option output_schema: it is \[\]; a schema must be an object');
select matches(pg_temp.where_in('true'), '^option output_schema: it is true');
select matches(pg_temp.where_in('{}'), '^option output_schema: a schema needs a type');
select matches(pg_temp.where_in('{"type": "date"}'), '^option output_schema: a schema needs a type');
select matches(pg_temp.where_in('{"type": "object"}'), '^option output_schema: an object needs properties');
select matches(
  pg_temp.where_in('{"type": "object", "properties": {"scores": {"type": "object", "additionalProperties": {"type": "number"}}}}'),
  '^option output_schema\.properties\.scores: additionalProperties must be false'
);
select matches(pg_temp.where_in('{"type": "array", "items": {}}'), '^option output_schema\.items: a schema needs a type');
select matches(pg_temp.where_in('{"anyOf": [{"type": "null"}, {"type": "array", "items": true}]}'), '^option output_schema\.anyOf\[1\]\.items: it is true');
select matches(pg_temp.where_in('{"anyOf": [{"type": "null"}], "allOf": [{"type": "null"}]}'), 'cannot stand side by side');
select matches(pg_temp.where_in('{"enum": [{"a": 1}]}'), 'a schema needs a type');
select matches(pg_temp.where_in('{"$ref": "#/$defs/A", "$defs": {}}'), '^option output_schema: there is nothing at #/\$defs/A');
select matches(
  pg_temp.where_in('{"$ref": "#/$defs/A", "$defs": {"A": {"type": "object", "properties": {"b": {"$ref": "#/$defs/B"}}}, "B": {"type": "array", "items": {"$ref": "#/$defs/A"}}}}'),
  'refers to itself, and the API takes no recursive schema'
);
select matches(pg_temp.where_in('{"type": "array", "items": {"$ref": "#"}}'), '# refers to itself');
select matches(pg_temp.where_in('{"$ref": "https://example.com/schema"}'), 'there is nothing at https');
select refused($$ select agentpg.create_agent(name => 'x', model => 'm', config => '{"output_schema": {"type": "object"}}') $$, 'AP256', 'as it is');
select refused($$ select given_run(options => '{"output_schema": {"type": "object"}}') $$, 'AP256', 'as it is');

select * from finish();
rollback;
