begin;
select plan(12);

select given_instance();
select given_run();
select is(agentpg.delete_agent(agent_id()), true, 'deleted');
select is(agentpg.delete_agent(agent_id()), false, 'it was deleted before');
select refused(format('select agentpg.delete_agent(%L)', agentpg._uuid_v7()), 'AP001');
select isnt((agentpg.get_agent(agent_id())).deleted_at, null, 'get_agent still shows it');
select is((select l.total from agentpg.list_agents() l), 0::bigint, 'list_agents does not');
select refused($$ select agentpg.find_agent('assistant') $$, 'AP001');
create temporary table before as select everything() as all_rows;
select refused(format('select agentpg.create_run(%L, %L, ''Hello?'')', session_id(), agent_id()), 'AP008', 'create a new one');
select is(everything(), (select b.all_rows from before b), 'nothing was written');
select is(claim_one(), 'run', 'a run that exists goes on');
select is(answer(reply_text()), 0);
select is(state_of(), 'completed');
select lives_ok($$ select agentpg.create_agent(name => 'assistant', model => 'm') $$, 'the name is free');

select * from finish();
rollback;
