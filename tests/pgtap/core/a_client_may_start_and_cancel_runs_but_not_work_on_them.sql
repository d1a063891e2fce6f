begin;
select plan(20);

select given_instance();
select given_agent();
create role app;
select agentpg.grant_access('app', 'client');
grant select, insert, update on agentpg_test.known to app;
set local role app;
select given_run();
select is((select r.finished from agentpg.get_response(run_id()) r), false, 'creates a session and a run and reads it');
select is(agentpg.cancel_run(run_id()), true, 'cancels it');
select lives_ok($$ select agentpg.create_agent(name => 'second', model => 'claude-sonnet-5') $$, 'creates an agent');
select refused(format('select * from agentpg.claim_runs(%L)', instance_id()), '42501', '');
select refused('select * from agentpg.record_response(null, null, null)', '42501', '');
select refused('select * from agentpg.complete_tool(null, null, null)', '42501', '');
select refused('select agentpg.run_maintenance()', '42501', '');
select refused('select agentpg.upsert_models(''[]'')', '42501', '');
select refused('select agentpg.grant_access(''app'', ''admin'')', '42501', '');
select refused('select * from agentpg.' || t.name, '42501', '')
from unnest('{runs,run_inputs,messages,agents,sessions,tool_executions,iterations,prompt_prefixes,instances}'::text[]) as t(name);
select refused('update agentpg.runs set state = ''completed''', '42501', '');
select refused('delete from agentpg.messages', '42501', '');
reset role;

select * from finish();
rollback;
