begin;
select plan(26);

create schema app;
create function app.good(text, jsonb, uuid) returns boolean language sql as 'select true';
create function app.text(text, jsonb, uuid) returns text language sql as 'select null::text';
create function app.rows(text, jsonb, uuid) returns setof boolean language sql as 'select true';
create function app.arguments(text, jsonb) returns boolean language sql as 'select true';
create function app.foreign(text, jsonb, uuid) returns boolean language sql as 'select true';
create role stranger;
grant all on schema app to stranger;
alter function app.foreign owner to stranger;
create function pg_temp.register(approval text) returns text language sql as $$
  select format('select agentpg.register_tools(null, %L)', format('[{"name": "pay", "input_schema": {"type": "object"}, "approval": %s}]', approval))
$$;
select refused(pg_temp.register(a.value), 'AP109', 'true, or')
from unnest(array['"yes"', '1', '[]', '{}', '{"when": null}', '{"when": 1}', '{"when": "app.good", "else": 1}']) as a(value);
select refused(pg_temp.register(format('{"when": "%s"}', a.value)), 'AP109', 'named with its schema, takes')
from unnest(array['good', 'app.none', 'app.text', 'app.rows', 'app.arguments', 'app.foreign', 'nowhere.good', '.', 'a.b.c.d', '', ');drop', 'app.good(text']) as a(value);
select lives_ok(pg_temp.register('{"when": "app.good"}'));

revoke execute on function app.good from public;
select agentpg.grant_access('stranger', 'executor');
grant usage on schema agentpg_test to stranger;
set session authorization stranger;
select refused(pg_temp.register('{"when": "app.good"}'), 'AP109', 'grant execute');
reset session authorization;

select given_tools('{pay,look}');
select given_agent(tools => '{look}');
select refused(format('select agentpg.update_agent(%L, %L)', agent_id(), format('{"config": {"approval": %s}}', c.value)), 'AP113')
from unnest('{"[\"pay\"]","\"look\"",1,"[1]"}'::text[]) as c(value);
select lives_ok($$ select given_run(options => '{"approval": ["look", "pay"]}') $$, 'a run may name what only a delegate has');

select * from finish();
rollback;
