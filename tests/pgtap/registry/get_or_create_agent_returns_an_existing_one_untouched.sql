begin;
select plan(5);

create temporary table first as select * from agentpg.get_or_create_agent(name => 'a', model => 'm', system_prompt => 'One.');
select is((select count(*)::integer from first), 1, 'created');
select results_eq(
  $$ select * from agentpg.get_or_create_agent(name => 'a', model => 'other', system_prompt => 'Two.', metadata => null) $$,
  'select * from first', 'then found, whatever else is passed'
);
select is((agentpg.get_or_create_agent(name => 'a', model => 'm', metadata => '{"tenant_id": "t"}')).tenant_id, 't', 'another tenant gets its own');
select agentpg.delete_agent((select f.id from first f));
select isnt((agentpg.get_or_create_agent(name => 'a', model => 'm')).id, (select f.id from first f), 'a deleted one is not found');
select refused($$ select agentpg.get_or_create_agent(name => 'new', model => '') $$, 'AP112');

select * from finish();
rollback;
