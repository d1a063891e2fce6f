begin;
select plan(2);

select given_instance('{lookup}');
select agentpg.create_agent(name => 'a', model => 'claude-of-2031', temperature => 0.5, tools => '{lookup}');
select agentpg.upsert_models('[{"id": "claude-of-2031", "accepts_sampling": false}]');
select lives_ok(
  format($$ select agentpg.register_tools(%L, '[{"name": "lookup", "description": "New.", "input_schema": {"type": "object"}}]') $$, instance_id()),
  'an executor can still register its tools'
);
select given_session();
select refused(format('select agentpg.create_run(%L, %L, ''Hello?'')', session_id(), (select a.id from agentpg.agents a)), 'AP110');

select * from finish();
rollback;
