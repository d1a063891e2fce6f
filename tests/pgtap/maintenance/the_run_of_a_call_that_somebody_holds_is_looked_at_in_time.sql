begin;
select plan(25);

select freeze('2026-11-22 12:00Z');
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
create function pg_temp.watch(run text default 'run') returns interval language sql as
$$ select r.watch_at - '2026-11-22 12:00Z' from agentpg.runs r where r.id = agentpg_test.run_id(run) $$;
create function pg_temp.beat(call text) returns jsonb language sql as $$
  select agentpg.heartbeat(agentpg_test.instance_id(), jsonb_build_array(
    jsonb_build_object('tool_execution_id', agentpg_test.tool_execution_id(call), 'lease_token', agentpg_test.tool_lease(call))))
$$;
create function pg_temp.sound(what text) returns text language sql as
$$ select is_empty('select * from agentpg.invariant_violations', what) $$;

-- Claimed with the answer: the timer of the model call stays.
select given_run(), claim_one(), advance('5 seconds');
select answer(reply_tool_use('toolu_1', 'lookup'));
select is(pg_temp.watch(), interval '20 seconds');
select advance('15 seconds'), pg_temp.beat('toolu_1'), advance('1 second');
select is(maintain() -> 'rescued_tools', '0', 'its lease was renewed');
select is(pg_temp.watch(), interval '40 seconds', 'the next look is at the end of it');
select pg_temp.sound('watched');
select agentpg.release_tools(instance_id());
select advance('20 seconds'), maintain();
select is(pg_temp.watch(), null, 'nobody holds anything of the run');
select is(maintain() -> 'overdue_tools', '0');

-- Claimed from the queue, the timer has to be set.
select claim_tool();
select is(pg_temp.watch(), interval '61 seconds');
select pg_temp.sound('watched');
select advance('21 seconds');
select is(maintain() -> 'rescued_tools', '1', 'lost');
select is(tool_state('toolu_1'), 'pending');

-- A deadline before the end of the lease.
select agentpg.configure('{"tool_deadline": "7 seconds"}');
select given_run('short', session => 'short'), claim_one();
select answer(reply_tool_use('toolu_2', 'lookup'), 'short');
select is(pg_temp.watch('short'), interval '69 seconds');
select pg_temp.sound('watched');
select advance('8 seconds');
select is(maintain() -> 'overdue_tools', '1');
select is(tool_state('toolu_2'), 'failed');

-- Waiting calls have a deadline of their own, without a timer of the run.
select agentpg.configure('{"tool_deadline": "1 hour"}');
select given_run('waits', session => 'waits');
select claim_one() from generate_series(1, 2);
select answer(reply_tool_use('toolu_3', 'lookup'), 'waits', claim_tools => false);
select advance('30 seconds'), maintain();
select is(pg_temp.watch('waits'), null);
select advance('1 hour'), given_instance('{lookup}', 'late');
select ok((maintain() ->> 'overdue_tools')::integer >= 1);
select is(tool_state('toolu_3'), 'failed');

-- A lease that became shorter.
select given_run('other', session => 'other');
select agentpg.claim_runs(instance_id('late'), run_ids => array[run_id('other')]);
select agentpg.configure('{"heartbeat_interval": "1 second", "lease_ttl": "2 seconds", "instance_ttl": "1 day"}');
select is((select agentpg.record_response(r.iteration_id, r.lease_token, reply_tool_use('toolu_4', 'lookup')) is not null from agentpg.runs r where r.id = run_id('other')), true);
select is((select r.watch_at - agentpg.now() from agentpg.runs r where r.id = run_id('other')), interval '2 seconds');
select pg_temp.sound('watched');
select advance('3 seconds');
select is(maintain() -> 'rescued_tools', '1');

-- What holds is told of each worker.
select agentpg.claim_tool_executions(instance_id('late'));
select is((select i.active_tool_count from agentpg.list_instances() i where i.id = instance_id('late')), 1);
select agentpg.deregister_instance(instance_id('late'));
select is(tool_state('toolu_4'), 'pending');
select is((select count(*)::integer from agentpg._held_calls()), 0);
select pg_temp.sound('in the end');

select * from finish();
rollback;
