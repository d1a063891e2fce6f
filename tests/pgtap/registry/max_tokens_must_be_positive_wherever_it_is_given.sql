begin;
select plan(5);

select given_agent('plain');
select given_session();
select refused($$ select agentpg.create_agent('a', 'claude-sonnet-5-5', max_tokens => 0) $$, 'AP108', '');
select refused($$ select agentpg.create_agent('a', 'claude-sonnet-5-5', config => '{"request": {"max_tokens": 0}}') $$, 'AP108', '');
select refused($$ select agentpg.create_agent('a', 'claude-sonnet-5-5', config => '{"request": {"max_tokens": "many"}}') $$, 'AP108', '');
select refused(format($$ select agentpg.create_run(%L, %L, 'Hello', options => '{"request": {"max_tokens": -1}}') $$, session_id(), agent_id('plain')), 'AP108', '');
select lives_ok(format($$ select agentpg.create_run(%L, %L, 'Hello', options => '{"request": {"max_tokens": 1}}') $$, session_id(), agent_id('plain')));

select * from finish();
rollback;
