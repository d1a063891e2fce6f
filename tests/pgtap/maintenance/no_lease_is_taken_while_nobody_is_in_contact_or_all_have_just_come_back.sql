begin;
select plan(17);

select freeze('2026-11-22 12:00Z');
select given_instance('{lookup}', 'one'), given_instance('{lookup}', 'two');
select given_agent(tools => '{lookup}');
select given_run('streaming', session => 's1'), claim_one('one');
select given_run('tools', session => 's2'), claim_one('one'), answer(reply_tool_use('toolu_1', 'lookup'), 'tools');
create function pg_temp.rescued() returns integer language sql as $$
  select ((m.said ->> 'rescued_runs')::integer + (m.said ->> 'rescued_tools')::integer) from (select agentpg.run_maintenance() as said) m
$$;
create function pg_temp.truce() returns interval language sql as $$ select l.rescue_after - agentpg.now() from agentpg.leadership l $$;
select advance('5 seconds');
select agentpg.heartbeat(instance_id('one')), agentpg.heartbeat(instance_id('two'));
select is(pg_temp.truce(), null, 'a heartbeat in time begins no truce');
select advance('10 seconds');
select agentpg.heartbeat(instance_id('two'));
select is(pg_temp.truce(), null, 'nor does one that is just in time');
select advance('1 minute');
select is(pg_temp.rescued(), 0, 'nobody could take the work');
select is((select row(w.reason, w.detail, w.until)::text from agentpg.why_waiting(run_id('streaming')) w),
  '(worker_lost,"one was not heard of in time during attempt 1: the run is taken over at the next maintenance",)');
select agentpg.heartbeat(instance_id('two'));
select is(pg_temp.truce(), interval '10 seconds', 'the first that comes back gives the others two heartbeats');
select is(pg_temp.rescued(), 0);
select advance('4 seconds');
select agentpg.heartbeat(instance_id('one'), jsonb_build_array(jsonb_build_object('run_id', run_id('streaming'), 'lease_token', run_lease('streaming'))));
select is(pg_temp.truce(), interval '6 seconds', 'the next ones do not prolong it');
select advance('5 seconds');
select is(pg_temp.rescued(), 0);
select advance('1 second');
select is(pg_temp.rescued(), 1, 'what nobody renewed is taken afterwards');
select is(state_of('streaming'), 'streaming', 'what was renewed is not');
select is(tool_state('toolu_1'), 'pending');
select advance('30 seconds');
select is(pg_temp.rescued(), 0, 'silence again');
select given_instance(name => 'new');
select is(pg_temp.rescued(), 1, 'one that has just registered can take the work');
select claim_one('new');
select advance('1 minute');
select given_instance(name => 'newest');
select agentpg.heartbeat(instance_id('new'));
select is(pg_temp.truce(), interval '10 seconds', 'that somebody new is there does not say that the others were heard of');
select is((select row(w.reason)::text from agentpg.why_waiting(run_id('streaming')) w), '(worker_lost)');
select advance('11 seconds');
select agentpg.register_instance(name => 'newest', exclusive => true);
select is(pg_temp.rescued(), 1);
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
