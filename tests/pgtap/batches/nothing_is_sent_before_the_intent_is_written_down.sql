begin;
select plan(13);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select freeze('2026-11-22 12:00Z');
select given_instance();
select given_batch_runs('a');
select gather();
select is((select num_nonnulls(b.submission_token, b.submission_started_at, b.provider_batch_id) from agentpg.batches b), 0);
select throws_ok($$ select accepted() $$, 'AP210', null, 'nobody began to send it');
select is(state_of('a'), 'batch_submitting');
select advance('10 seconds');
select begin_sending();
select is((select row(b.state, b.submission_token, b.submission_started_at, b.lease_expires_at)::text from agentpg.batches b),
  row('submitting', batch_lease(), '2026-11-22 12:00:10Z'::timestamptz, '2026-11-22 12:00:10Z'::timestamptz + (select s.lease_ttl from agentpg.settings s))::text);
select is((select w.reason from agentpg.why_waiting(run_id('a')) w), 'batch_sending');
select is((select count(*)::integer from agentpg.claim_batch_polls(instance_id(), 10)), 0, 'nobody else touches it meanwhile');
select is(gather('other'), null);
select accepted();
select is((select row(b.state, b.provider_batch_id, b.status, b.lease_token, b.expires_at)::text from agentpg.batches b),
  row('submitted', 'msgbatch_1', 'in_progress', null, '2026-11-23 12:00:10Z'::timestamptz)::text);
select is(state_of('a'), 'batch_pending');
select throws_ok($$ select begin_sending() $$, 'AP210', null, 'the lease is over');
select set_config('test.before', everything(), true);
select accepted();
select is(everything(), current_setting('test.before'), 'repeated, it changes nothing');
select throws_ok($$ select accepted(provider_id => 'msgbatch_2') $$, 'AP210', null, 'a second batch at the provider is not ours');
select is(ids_in_error($$ select accepted(provider_id => 'msgbatch_2') $$), jsonb_build_object('batch_id', batch_id(), 'provider_batch_id', 'msgbatch_2'));

select * from finish();
rollback;
