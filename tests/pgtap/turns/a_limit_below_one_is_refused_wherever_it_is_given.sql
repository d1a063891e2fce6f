begin;
select plan(30);

select given_run();
create function pg_temp.run_with(options jsonb) returns text language sql as $$
  select format('select agentpg.create_run(%L, %L, ''x'', options => %L)', agentpg_test.session_id(), agentpg_test.agent_id(), options)
$$;
create function pg_temp.agent_with(config jsonb) returns text language sql as $$
  select format('select agentpg.create_agent(name => ''n'', model => ''m'', config => %L)', config)
$$;
select refused(pg_temp.run_with(jsonb_build_object(l.name, l.value)), 'AP108', '')
from (values ('max_iterations', 0), ('max_iterations', -1), ('max_continuations', -1), ('max_depth', -1), ('max_tokens', 0), ('max_tokens', -1),
  ('max_cost_usd', 0), ('max_cost_usd', -1), ('stream_after_turns', 0)) as l(name, value);
select refused(pg_temp.run_with('{"request": {"max_tokens": 0}}'), 'AP108', '');
select refused(pg_temp.run_with('{"request": {"thinking": {"type": "enabled", "budget_tokens": -5}}}'), 'AP108', '');
select refused(pg_temp.agent_with(jsonb_build_object(l.name, l.value)), 'AP108', '')
from (values ('max_iterations', 0), ('max_iterations', -1), ('max_continuations', -1)) as l(name, value);
select refused(pg_temp.agent_with('{"request": {"max_tokens": -1}}'), 'AP108', '');
select refused(pg_temp.agent_with('{"request": {"thinking": {"type": "enabled", "budget_tokens": 0}}}'), 'AP108', '');
select refused(format('select agentpg.create_agent(name => ''n'', model => ''m'', max_tokens => %s)', n), 'AP108', '') from unnest(array[0, -1]) n;
select refused(format('select agentpg.update_agent(%L, ''{"max_tokens": -1}'')', agent_id()), 'AP108', '');
select refused(format('select agentpg.register_tools(null, ''[{"name": "t", "input_schema": {"type": "object"}, "%s": %s}]'')', l.name, l.value), 'AP108', '')
from (values ('max_attempts', 0), ('max_attempts', -1), ('timeout_seconds', 0), ('timeout_seconds', -1), ('retry_jitter', -1)) as l(name, value);
select refused('select * from agentpg.register_instance(max_concurrent_runs => -1)', 'AP108', '');
select refused(format('select agentpg.set_budget(session_id => %L, max_tokens => -1)', session_id()), 'AP108', '');
select refused(statement, 'AP108', '')
from unnest(array['select agentpg.list_runs(max_count => -1)', 'select agentpg.list_sessions(max_count => 0)', 'select agentpg.list_agents(skip => -1)']) as s(statement);
-- A setting is refused with the rule that it breaks.
select refused('select agentpg.configure(''{"max_iterations": -1}'')', 'AP116', 'settings_limits_positive');

select * from finish();
rollback;
