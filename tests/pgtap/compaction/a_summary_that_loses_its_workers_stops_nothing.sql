begin;
select plan(9);

select given_instance(), given_agent();
select agentpg.configure(jsonb_build_object('compaction', small_window(), 'max_rescue_attempts', 1));
create function pg_temp.lost(run text) returns agentpg.run_state language plpgsql as $$
begin
  perform claim_one();
  perform advance('1 hour'), given_instance(), maintain();
  return state_of(run);
end
$$;

select given_session(), given_turns(5, 17500), given_run('r', 'p6');
select is(pg_temp.lost('r'), 'pending');
select is((select c.state::text from agentpg.compactions c), 'summarizing', 'tried again');
create temporary table lost as select iteration_id('r') as iteration_id, run_lease('r') as lease_token;
grant select on lost to public;
select is(pg_temp.lost('r'), 'pending');
select is((select c.state || ' ' || c.error_type from agentpg.compactions c), 'failed rescue_failed');
select refused('select agentpg.record_response(l.iteration_id, l.lease_token, reply_text()) from lost l', 'AP210');
select claim_one();
select is((short_context('r'))[1], 'user: p1', 'the conversation goes on as it is');
select answer(reply_text('a6'), 'r');

select given_session('s2'), given_turns(5, 10000, 's2');
select remember('run', 'apart', (agentpg.compact(session_id('s2'))).run_id);
select pg_temp.lost('apart');
select is(pg_temp.lost('apart'), 'failed');
select is((select c.state || ' ' || c.error_type from agentpg.compactions c where c.session_id = session_id('s2')), 'failed rescue_failed');
select refused($$ select agentpg.regenerate_run(run_id('apart')) $$, 'AP221', 'compact');

select * from finish();
rollback;
