begin;
select plan(8);

select freeze('2026-11-22 12:00Z');
select given_instance();
select given_run();
select claim_one();
select is((select row(w.root_run_id, w.events, w.last_seq, w.state, w.root_state)::text from agentpg.watch_run(run_id()) w), format('(%s,t,0,streaming,streaming)', run_id()));
select is((select s.watched_until from agentpg.run_streams s), '2026-11-22 12:00:30Z');
select advance('5 seconds');
select agentpg.watch_run(run_id());
select is((select s.watched_until from agentpg.run_streams s), '2026-11-22 12:00:30Z', 'renewed no sooner than needed');
select advance('10 seconds');
select agentpg.watch_run(run_id());
select is((select s.watched_until from agentpg.run_streams s), '2026-11-22 12:00:45Z');
select agentpg.cancel_run(run_id());
select is((select row(w.last_seq, w.state)::text from agentpg.watch_run(run_id()) w), '(1,cancelled)');
select throws_ok(format('select agentpg.watch_run(%L)', agentpg._uuid_v7()), 'AP003');
select throws_ok(format('select agentpg.read_events(%L)', agentpg._uuid_v7()), 'AP003');
select throws_ok(format('select agentpg.read_events(%L, max_count => 0)', run_id()), 'AP108');

select * from finish();
rollback;
