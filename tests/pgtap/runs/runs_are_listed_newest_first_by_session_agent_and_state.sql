begin;
select plan(10);

select given_instance();
select given_agent('a'), given_agent('b');
select given_run('r1', session => 's1', agent => 'a');
select given_run('r2', session => 's1', agent => 'b');
select given_run('r3', session => 's2', agent => 'a');
select given_run('r4', session => 's3', agent => 'b');
select claim_one(), answer(reply_text(), 'r1');
create function pg_temp.names(run_ids uuid[]) returns text language sql as $$ select string_agg(name_of_run(id), ',' order by name_of_run(id)) from unnest(run_ids) id $$;
select is((select pg_temp.names(array_agg(l.id)) from agentpg.list_runs() l), 'r1,r2,r3,r4');
select is((select array_agg(l.id) from agentpg.list_runs() l), (select array_agg(r.id order by r.id desc) from agentpg.runs r), 'by id, newest first');
select is((select pg_temp.names(array_agg(l.id)) from agentpg.list_runs(session_id => session_id('s1')) l), 'r1,r2');
select is((select pg_temp.names(array_agg(l.id)) from agentpg.list_runs(agent_id => agent_id('b')) l), 'r2,r4');
select is((select pg_temp.names(array_agg(l.id)) from agentpg.list_runs(state => 'completed') l), 'r1');
select is((select pg_temp.names(array_agg(l.id)) from agentpg.list_runs(state => 'pending') l), 'r2,r3,r4');
select is((select pg_temp.names(array_agg(l.id)) from agentpg.list_runs(session_id => session_id('s1'), agent_id => agent_id('b'), state => 'pending') l), 'r2');
select is((select array_agg(l.id) from agentpg.list_runs(max_count => 2, before => (select r.id from agentpg.runs r order by r.id desc limit 1)) l),
  (select array_agg(r.id) from (select r.id from agentpg.runs r order by r.id desc offset 1 limit 2) r), 'the next page');
select is_empty('select * from agentpg.list_runs(max_count => 5, before => ''00000000-0000-0000-0000-000000000000'')');
select refused('select * from agentpg.list_runs(max_count => 0)', 'AP108', '');

select * from finish();
rollback;
