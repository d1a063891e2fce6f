begin;
select plan(4);

select given_session();
create temporary table made as select * from agentpg.create_agent(name => 'a', model => 'm', tools => '{late,later}');
select refused(format('select agentpg.create_run(%L, %L, ''Hello?'')', session_id(), (select m.id from made m)), 'AP006', 'register_tools');
select is(ids_in_error(format('select agentpg.create_run(%L, %L, ''Hello?'')', session_id(), (select m.id from made m))) ->> 'agent_id', (select m.id::text from made m));
select given_tools('{late}');
select throws_like(
  format('select agentpg.create_run(%L, %L, ''Hello?'')', session_id(), (select m.id from made m)),
  'nobody has registered these tools of agent ''a'': later', 'it names the one that is missing'
);
select given_tools('{later}');
select lives_ok(format('select agentpg.create_run(%L, %L, ''Hello?'')', session_id(), (select m.id from made m)));

select * from finish();
rollback;
