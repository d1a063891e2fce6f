begin;
select plan(18);

select agentpg.configure('{"batch_max_wait": "30 seconds"}');
select freeze('2026-11-22 12:00Z');
select given_instance();
select given_batch_runs('a', 'b', 'c');
select given_run('later', session => 'later', mode => 'batch', scheduled_at => agentpg.now() + interval '1 day');
select given_run('behind', session => 'session of a', mode => 'batch');
select given_run('streamed', session => 'streamed');
select is((select row(q.model, q.queued, q.due, q.oldest_at, q.gathered_by, q.paused_until, q.parked_reason)::text from agentpg.batch_queue q),
  row('claude-sonnet-4-5', 4, 3, '2026-11-22 12:00Z'::timestamptz, '2026-11-22 12:00:30Z'::timestamptz, null, null)::text, 'by model, with what is not due');
select advance('31 seconds'), gather();
select is((select row(q.queued, q.due)::text from agentpg.batch_queue q), '(1,0)', 'what is in a batch waits no more');
select agentpg._park_queue(q.id, 'authentication_error', agentpg.now()) from agentpg.queues q where q.run_mode = 'batch';
select is((select q.parked_reason from agentpg.batch_queue q), 'authentication_error');
select agentpg.resume_parked();

select is((select row(p.state, p.status, p.request_count, p.settled, p.withdrawn, p.kept, p.elapsed, p.usual, p.submissions, p.failures, p.cost_usd)::text from agentpg.batch_progress p),
  '(gathered,,3,0,0,0,,,0,0,)');
select send();
select advance('10 minutes');
select is((select row(p.provider_batch_id, p.state, p.status, p.elapsed, p.usual, p.expires_at, p.submissions)::text from agentpg.batch_progress p),
  row('msgbatch_1', 'submitted', 'in_progress', '10 minutes'::interval, null, '2026-11-23 12:00:31Z'::timestamptz, 1)::text, 'nobody knows yet how long it takes');
select poll(), tell(message_batch('ended', counts => '{"succeeded": 2, "errored": 1}'));
select take(succeeded('a'), succeeded('b'));
select is((select row(p.settled, p.succeeded, p.errored, p.canceled, p.expired)::text from agentpg.batch_progress p), '(2,2,0,0,0)');
select take(errored('c', 'invalid_request_error'));
select ingested(3);
select advance('1 hour');
select is((select row(p.state, p.settled, p.errored, p.elapsed, p.usual, p.ended_at, p.closed_at, p.next_poll_at)::text from agentpg.batch_progress p),
  row('ingested', 3, 1, '10 minutes'::interval, '10 minutes'::interval, '2026-11-22 12:10:31Z'::timestamptz, '2026-11-22 12:10:31Z'::timestamptz, null)::text);
select is((select p.cost_usd from agentpg.batch_progress p), (select trim_scale(sum(t.cost_usd)) from agentpg.iterations t where t.batch_id = batch_id()));
select is((select p.streaming_cost_usd from agentpg.batch_progress p), (select trim_scale(2 * sum(t.cost_usd)) from agentpg.iterations t where t.batch_id = batch_id()), 'half the price');
select cmp_ok((select p.cost_usd from agentpg.batch_progress p), '>', 0::numeric);

-- The usual time is learned from the batches that ended, the younger ones first.
select is((select u.usual from agentpg._usual_batch_time u), '10 minutes');
select given_instance(), gather();
create function pg_temp.one_that_takes(took interval, name text) returns void language plpgsql as $$
begin
  perform given_instance(), given_batch_runs(name), advance('31 seconds');
  perform gather();
  perform send(provider_id => name);
  perform advance(took), given_instance(), poll();
  perform tell(message_batch('ended', name));
  perform take(variadic array(select succeeded(name_of_run(m.run_id)) from agentpg.batch_members m where m.batch_id = batch_id()));
  perform ingested(9);
end
$$;
select pg_temp.one_that_takes('1 hour', 'x'), pg_temp.one_that_takes('2 hours', 'y');
select is((select u.usual from agentpg._usual_batch_time u), '1 hour', 'half of them');
select pg_temp.one_that_takes('30 minutes', 'z');
select given_batch_runs('w'), advance('31 seconds'), gather();
select is((select p.usual from agentpg.batch_progress p where p.batch_id = batch_id()), '30 minutes');
select send(provider_id => 'msgbatch_w');
select matches((select w.detail from agentpg.why_waiting(run_id('w')) w), 'the provider works on batch msgbatch_w .* usually for 00:30:00');
update agentpg.batches set next_poll_at = agentpg.now() + interval '1 day' where id = batch_id();

-- An unpriced model makes the cost unknown.
select given_agent('unpriced', model => 'claude-unheard-of');
select given_run('u', session => 'u', agent => 'unpriced', mode => 'batch'), advance('31 seconds'), given_instance(), gather();
select end_batch(provider_id => 'msgbatch_u'), take(succeeded('u'));
select is((select row(p.succeeded, p.cost_usd, p.streaming_cost_usd)::text from agentpg.batch_progress p where p.batch_id = batch_id()), '(1,,)');
select is((select r.streaming_extra_usd from agentpg.get_run(run_id('u')) r), null);
select is((select r.streaming_extra_usd from agentpg.get_run(run_id('a')) r), 0::numeric, 'nothing was streamed');
select is((select r.streaming_extra_usd from agentpg.get_run(run_id('streamed')) r), null, 'nor is it told of a run in streaming mode');

select * from finish();
rollback;
