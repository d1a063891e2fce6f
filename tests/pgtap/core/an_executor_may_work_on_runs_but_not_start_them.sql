begin;
select plan(8);

select given_run();
create role fleet;
select agentpg.grant_access('fleet', 'executor');
grant select, insert, update on agentpg_test.known to fleet;
set local role fleet;
select given_instance('{lookup}');
select is(claim_one(), 'run', 'claims a run');
select is(answer(reply_text()), 0, 'records the answer');
select lives_ok(format('select agentpg.heartbeat(%L)', instance_id()), 'reports');
select lives_ok('select agentpg.run_maintenance()', 'does maintenance');
select lives_ok(format('select agentpg.deregister_instance(%L)', instance_id()), 'leaves');
select refused(format('select agentpg.create_run(%L, %L, ''Hello?'')', session_id(), agent_id()), '42501', '');
select refused('select agentpg.configure(''{}'')', '42501', '');
select refused('select * from agentpg.run_inputs', '42501', '');
reset role;

select * from finish();
rollback;
