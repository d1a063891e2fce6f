begin;
select plan(10);

select given_run();
select refused(format(
  'insert into agentpg.runs (id, session_id, iteration_id, prefix_id, available_at, queue_id, blocked, state)
   select id, session_id, iteration_id, prefix_id, available_at, queue_id, blocked, %L from agentpg.runs', s.state), 'AP200', '')
from unnest(enum_range(null::agentpg.run_state)) as s(state)
where s.state <> 'pending';
select is(state_of(), 'pending', 'create_run makes a pending run');

select * from finish();
rollback;
