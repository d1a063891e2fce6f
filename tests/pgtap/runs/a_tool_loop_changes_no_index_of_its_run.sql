begin;
select plan(4);

select freeze('2026-11-22 12:00Z');
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
create function pg_temp.updates(relation text, out updates bigint, out hot bigint) language sql as $$
  select s.n_tup_upd, s.n_tup_hot_upd from pg_stat_xact_user_tables s where s.schemaname = 'agentpg' and s.relname = relation
$$;
create temporary table before as select * from pg_temp.updates('runs');
create function pg_temp.beat() returns jsonb language sql as $$
  select agentpg.heartbeat(agentpg_test.instance_id(), jsonb_build_array(
    jsonb_build_object('run_id', agentpg_test.run_id(), 'lease_token', agentpg_test.run_lease())))
$$;
select advance('15 seconds'), pg_temp.beat();
select answer(reply_tool_use('toolu_1', 'lookup'));
select finish_tool('toolu_1', claim_next => true);
select answer(reply_tool_use('toolu_2', 'lookup'));
select finish_tool('toolu_2', claim_next => true);
select is(state_of(), 'streaming');
select is(a.updates - b.updates, 5::bigint, 'a lease renewed, and two turns') from before b, pg_temp.updates('runs') a;
select is(a.hot - b.hot, 5::bigint, 'all of them in their page') from before b, pg_temp.updates('runs') a;
select is((select r.lease_expires_at - r.watch_at from agentpg.runs r), interval '15 seconds', 'the look at the run has not been moved');

select * from finish();
rollback;
