begin;
select plan(13);

select given_instance('{lookup}');
select agentpg.create_agent(name => 'a', model => 'claude-sonnet-5', system_prompt => 'One.', description => 'D', tools => '{lookup}');
create temporary table before as select a.* from agentpg.agents a;
create temporary table after as
select u.* from before b
cross join agentpg.update_agent(b.id, '{"system_prompt": "Two.", "max_tokens": 50, "metadata": {"tenant_id": "t"}}') u;
select is(
  (select row(a.system_prompt, a.max_tokens, a.tenant_id, a.version)::text from after a), '(Two.,50,t,2)', 'changed, and counted'
);
select is(
  (select row(a.name, a.model, a.description, a.tools)::text from after a),
  (select row(b.name, b.model, b.description, b.tools)::text from before b), 'not changed'
);
select isnt((select a.prefix_id from after a), (select b.prefix_id from before b), 'new runs get a new prefix');
select is((agentpg.update_agent((select b.id from before b), '{"tools": null, "description": null}')).tools, '{}'::text[], 'null empties a field');

select agentpg.create_agent(name => 'taken', model => 'm', metadata => '{"tenant_id": "t"}');
create function pg_temp.change(changes jsonb) returns text language sql as
$$ select format('select agentpg.update_agent(%L, %L)', (select b.id from before b), changes) $$;
select refused(pg_temp.change('{"version": 9}'), 'AP100', 'system_prompt');
select refused(pg_temp.change('{"max_tokens": "many"}'), 'AP100', '');
select refused(pg_temp.change('[]'), 'AP100', '');
select refused(pg_temp.change('{"name": "taken"}'), 'AP010', '');
select refused(pg_temp.change('{"name": null}'), 'AP112', '');
select refused(pg_temp.change('{"temperature": 0.5}'), 'AP110');
select refused(format('select agentpg.update_agent(%L, ''{}'')', agentpg._uuid_v7()), 'AP001', '');
select is((select a.version from agentpg.agents a where a.name = 'a'), 3, 'a refused change is no version');
select agentpg.delete_agent((select b.id from before b));
select refused(pg_temp.change('{"name": "b"}'), 'AP008');

select * from finish();
rollback;
