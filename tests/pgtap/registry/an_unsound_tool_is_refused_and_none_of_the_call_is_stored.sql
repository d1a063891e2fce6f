begin;
select plan(22);

select given_instance();
create temporary table before as select everything() as all_rows;
create function pg_temp.register(tools text) returns text language sql as
$$ select format('select agentpg.register_tools(%L, %L)', instance_id(), tools) $$;
select refused(pg_temp.register(t.tools), t.code, t.hint)
from (values
  ('{}', 'AP100', ''),
  ('[3]', 'AP100', ''),
  ('[{"name": "no spaces", "input_schema": {"type": "object"}}]', 'AP107', '64'),
  ('[{"name": "", "input_schema": {"type": "object"}}]', 'AP107', '64'),
  ('[{"input_schema": {"type": "object"}}]', 'AP107', '64'),
  ('[{"name": "a"}]', 'AP106', 'properties'),
  ('[{"name": "a", "input_schema": null}]', 'AP106', 'properties'),
  ('[{"name": "a", "input_schema": {}}]', 'AP106', 'properties'),
  ('[{"name": "a", "input_schema": {"type": "string"}}]', 'AP106', 'properties'),
  ('[{"name": "a", "input_schema": {"type": "object", "properties": []}}]', 'AP106', 'properties'),
  ('[{"name": "a", "input_schema": {"type": "object", "required": "city"}}]', 'AP106', 'properties'),
  ('[{"name": "a", "input_schema": {"type": "object"}, "description": 3}]', 'AP100', ''),
  ('[{"name": "a", "input_schema": {"type": "object"}, "max_attempts": 0}]', 'AP108', ''),
  ('[{"name": "a", "input_schema": {"type": "object"}, "max_attempts": 1.5}]', 'AP108', ''),
  ('[{"name": "a", "input_schema": {"type": "object"}, "timeout_seconds": 0}]', 'AP108', ''),
  ('[{"name": "a", "input_schema": {"type": "object"}, "timeout_seconds": 1e300}]', 'AP108', ''),
  ('[{"name": "a", "input_schema": {"type": "object"}, "retry_jitter": 1.5}]', 'AP108', ''),
  ('[{"name": "good", "input_schema": {"type": "object"}}, {"name": "bad"}]', 'AP106', 'properties')
) as t(tools, code, hint);
select refused(pg_temp.register(jsonb_build_array(jsonb_build_object('name', repeat('x', 65), 'input_schema', '{"type": "object"}'::jsonb))::text), 'AP107');
select refused('select agentpg.register_tools(null, null)', 'AP100', '');
select refused(format('select agentpg.register_tools(%L, ''[]'')', agentpg._uuid_v7()), 'AP007', 'register_instance');
select is(everything(), (select b.all_rows from before b), 'nothing was written');

select * from finish();
rollback;
