begin;
select plan(2);

select given_agent('worker'), given_agent('manager');
select agentpg.update_agent(agent_id('manager'), jsonb_build_object('agent_ids', jsonb_build_array(agent_id('worker')),
  'config', jsonb_build_object('approval', jsonb_build_array(agent_id('worker')))));
select agentpg.delete_agent(agent_id('worker'));
select lives_ok($$ select agentpg.update_agent(agent_id('manager'), '{"description": "Manages."}') $$, 'named by its id, it is in nobody''s way');
select refused(format('select agentpg.update_agent(%L, %L)', agent_id('manager'), '{"config": {"approval": ["worker"]}}'), 'AP113');

select * from finish();
rollback;
