begin;
select plan(13);

select given_run();
create role looker;
select agentpg.grant_access('looker', 'reader');
grant select on agentpg_test.known to looker;
set local role looker;
select is((select r.state from agentpg.get_run(run_id()) r), 'pending', 'reads a run');
select is((select w.reason from agentpg.why_waiting(run_id()) w), 'no_executor', 'asks why it waits');
select is((select count(*)::integer from agentpg.session_messages(session_id())), 1, 'reads a transcript');
select is((select count(*)::integer from agentpg.run_details), 1, 'reads the views');
select is((select count(*)::integer from agentpg.tool_calls), 0, 'all of them');
select is_empty('select * from agentpg.invariant_violations', 'with the functions that they stand on');
select refused(format('select agentpg.create_session()'), '42501', '');
select refused(format('select agentpg.create_run(%L, %L, ''Hello?'')', session_id(), agent_id()), '42501', '');
select refused(format('select agentpg.cancel_run(%L)', run_id()), '42501', '');
select refused('select agentpg.register_instance()', '42501', '');
select refused('select agentpg.configure(''{}'')', '42501', '');
select refused('select * from agentpg.runs', '42501', '');
select refused('select agentpg._finalize_run(null, null)', '42501', '');
reset role;

select * from finish();
rollback;
