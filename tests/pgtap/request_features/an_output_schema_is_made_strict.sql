begin;
select plan(9);

create function pg_temp.strict(schema jsonb) returns jsonb language sql as $$
  select agentpg._output_format(schema, 'output_schema') -> 'schema'
$$;
select is(
  pg_temp.strict('{"title": "T", "type": "object", "properties": {"n": {"type": "integer", "minimum": 1, "maximum": 9, "description": "How many."}}, "required": ["n"]}'),
  '{"title": "T", "type": "object", "properties": {"n": {"type": "integer", "description": "How many.\n\n{maximum: 9, minimum: 1}"}}, "required": ["n"],
    "additionalProperties": false}', 'limits go where the model reads them; objects are closed'
);
select is(pg_temp.strict('{"type": "string", "format": "date"}'), '{"type": "string", "format": "date"}');
select is(pg_temp.strict('{"type": "string", "format": "color", "maxLength": 7}'), '{"type": "string", "description": "{format: \"color\", maxLength: 7}"}');
select is(pg_temp.strict('{"type": "array", "minItems": 1, "items": {"type": "number"}}'), '{"type": "array", "minItems": 1, "items": {"type": "number"}}');
select is(pg_temp.strict('{"type": "array", "minItems": 2, "items": {"type": "number"}}'), '{"type": "array", "items": {"type": "number"}, "description": "{minItems: 2}"}');
select is(pg_temp.strict('{"oneOf": [{"type": "null"}, {"enum": [1, null, "a"]}, {"const": null, "type": "null"}]}'), '{"anyOf": [{"type": "null"}, {"enum": [1, null, "a"]}, {"const": null}]}');
select is(pg_temp.strict('{"type": ["string", "null"], "description": "Maybe.", "minLength": 1}') -> 'anyOf' ->> 1, '{"type": "null", "description": "{minLength: 1}"}', 'a list of types is a choice');
select is(
  pg_temp.strict('{"$ref": "#/$defs/A", "$defs": {"A": {"type": "object", "properties": {"b": {"$ref": "#/$defs/B", "description": "b"}}}, "B": {"type": "boolean", "default": false}}}'),
  '{"$ref": "#/$defs/A", "$defs": {"A": {"type": "object", "properties": {"b": {"$ref": "#/$defs/B"}}, "additionalProperties": false},
    "B": {"type": "boolean", "description": "{default: false}"}}}'
);
select is(
  agentpg._request_of('{"request": {"output_config": {"format": {"type": "json_schema", "schema": {"type": "integer", "minimum": 1}}}}}', null)
    #> '{output_config,format,schema}',
  '{"type": "integer", "minimum": 1}', 'by way of request it goes out as it is'
);

select * from finish();
rollback;
