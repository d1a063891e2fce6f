begin;
select plan(10);

select agentpg.create_agent(name => 'agent ' || n, model => 'm', metadata => jsonb_build_object('tenant_id', 't' || n % 2, 'n', n))
from generate_series(1, 5) n;
select results_eq($$ select (l.agent).name, l.total from agentpg.list_agents() l $$, $$ select 'agent ' || n, 5::bigint from generate_series(1, 5) n $$, 'all, by name');
select results_eq($$ select (l.agent).name, l.total from agentpg.list_agents('{"tenant_id": "t1"}', 2, 1) l $$, $$ values ('agent 3', 3::bigint), ('agent 5', 3) $$, 'a page, and how many there are');
select results_eq($$ select (l.agent).name, l.total from agentpg.list_agents('{"tenant_id": "t"}') l $$, $$ values (null, 0::bigint) $$, 'contained, not like');
select results_eq($$ select (l.agent).name, l.total from agentpg.list_agents(skip => 7) l $$, $$ values (null, 5::bigint) $$, 'a page past the end has the total alone');
select refused($$ select * from agentpg.list_agents(max_count => 0) $$, 'AP108', '');
select refused($$ select * from agentpg.list_agents(max_count => 10001) $$, 'AP108', '');
select refused($$ select * from agentpg.list_agents(skip => -1) $$, 'AP108', '');
select refused($$ select * from agentpg.list_agents(metadata => '[1]') $$, 'AP104');
select refused(format('select agentpg.get_agent(%L)', agentpg._uuid_v7()), 'AP001', 'list_agents');
select is(ids_in_error('select agentpg.get_agent(''00000000-0000-7000-8000-000000000000'')'), '{"agent_id": "00000000-0000-7000-8000-000000000000"}', 'the error carries the id');

select * from finish();
rollback;
