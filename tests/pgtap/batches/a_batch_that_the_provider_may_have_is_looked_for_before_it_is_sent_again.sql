begin;
select plan(41);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select freeze('2026-11-22 12:00Z');
select given_instance(), given_instance(name => 'second');
create function pg_temp.listed(id text, status text default 'in_progress', counts jsonb default '{"processing": 2}', created_at text default '2026-11-22T12:00:01Z') returns jsonb
language sql as $$ select message_batch(status, id, counts, jsonb_build_object('created_at', created_at)) $$;
create function pg_temp.candidates(variadic listed jsonb[]) returns text[] language plpgsql as $$
begin
  return array(select c from agentpg.record_batch_candidates(batch_id(), batch_lease(), to_jsonb(listed)) c);
end
$$;
create function pg_temp.proof(id text, custom_id text) returns boolean language plpgsql as $$
begin
  return agentpg.record_batch_proof(batch_id(), batch_lease(), id, custom_id);
end
$$;
select given_batch_runs('a', 'b'), gather();
select begin_sending();
select is(poll(), null, 'its worker is at it');
select advance('10 seconds');
select is((select count(*)::integer from agentpg.claim_batch_polls(instance_id('second'), 10)), 0);
select is(batch_state(), 'submitting', 'a lease that has not run out is respected');
select advance('51 seconds'), given_instance(name => 'third');
select is(poll(), null);
select is((select row(b.state, b.unknown_since, b.lease_token)::text from agentpg.batches b),
  row('unknown', '2026-11-22 12:00Z'::timestamptz + (select s.lease_ttl from agentpg.settings s), null)::text, 'its worker is lost');
select advance('1 minute');
select is(poll(), 'reconcile');
select is((select b.claimed_by from agentpg.batches b), instance_id());

-- What is not provably ours is never touched: another size, another time, another batch's, one that is disproved.
select is(pg_temp.candidates(pg_temp.listed('bigger', counts => '{"processing": 3}'), pg_temp.listed('older', created_at => '2026-11-22T11:54:59Z'),
  pg_temp.listed('younger', created_at => '2026-11-22T12:30:00Z'), '{"id": null}', '{}', '"x"'), '{}');
select is(batch_state(), 'gathered', 'none may be it: sent again');
select is((select row(b.unknown_since, b.lease_token, b.submission_token is not null)::text from agentpg.batches b), '(,,t)');
select is(state_of('a'), 'batch_submitting');
select throws_ok($$ select pg_temp.candidates('{}') $$, 'AP210');

-- Not before the provider had time to list it: a reading by hand, early.
select gather(), begin_sending(), batch_error('{}');
update agentpg.batches set next_poll_at = agentpg.now();
select poll(), pg_temp.candidates('{}');
select is((select row(b.state, b.lease_token, b.next_poll_at)::text from agentpg.batches b), (select row('unknown', null, greatest(b.next_poll_at, b.unknown_since + interval '1 minute'))::text from agentpg.batches b));
select advance('2 minutes'), poll(), pg_temp.candidates('{}');
select is(batch_state(), 'gathered');

-- One in progress may be it: nothing is sent meanwhile.
select is(gather(), '{a,b}');
select begin_sending();
select is(batch_error('{"status": 500}'), 'unknown');
select advance('2 minutes');
select is(poll(), 'reconcile');
select is(pg_temp.candidates(pg_temp.listed('open', created_at => agentpg.now()::text)), '{}');
select is((select row(b.state, b.candidates)::text from agentpg.batches b), '(unknown,{open})');
select matches((select w.detail from agentpg.why_waiting(run_id('a')) w), 'which needs the end of open');
select is(gather('none'), null);
select advance('10 minutes');
select is(poll(), 'reconcile');
-- It ended: its results would tell. It is another's.
select is(pg_temp.candidates(pg_temp.listed('open', 'ended', '{"succeeded": 1, "errored": 1}', '2026-11-22T12:02:00Z'), pg_temp.listed('next', created_at => '2026-11-22T12:03:00Z')), '{open}');
select is(pg_temp.proof('open', 'somebody-else-1'), false);
select is((select row(b.state, b.candidates, b.disproved)::text from agentpg.batches b), '(unknown,{next},{open})');
select is(pg_temp.candidates(pg_temp.listed('open', 'ended', '{"succeeded": 1, "errored": 1}', '2026-11-22T12:02:00Z'), pg_temp.listed('next', created_at => '2026-11-22T12:03:00Z')), '{}', 'never asked about again');
select is((select b.candidates from agentpg.batches b), '{next}');
select advance('10 minutes'), poll();
select is(pg_temp.candidates(pg_temp.listed('next', 'ended', '{"canceled": 2}', '2026-11-22T12:03:00Z'), pg_temp.listed('none to show', 'ended', '{"expired": 2}', '2026-11-22T12:03:00Z')), '{next,none to show}');
select is(pg_temp.proof('none to show', null), false, 'no result, no proof');
select is(pg_temp.proof('next', (select replace(agentpg._uuid_v7()::text, '-', '') || '-1')), false, 'another batch of ours');
select is(pg_temp.candidates('{}'), '{}');
select is(batch_state(), 'gathered');

-- Proven: adopted.
select is(gather(), '{a,b}');
select begin_sending(), batch_error('{}'), advance('2 minutes');
select is(poll(), 'reconcile');
select is(pg_temp.candidates(pg_temp.listed('ours', 'ended', '{"succeeded": 2}', agentpg.now()::text)), '{ours}');
select is(pg_temp.proof('ours', custom_id('b')), true);
select is((select row(b.state, b.provider_batch_id, b.submitted_at = b.submission_started_at, b.lease_token, b.candidates, b.last_error)::text from agentpg.batches b), '(submitted,ours,t,,{},)');
select is(state_of('a'), 'batch_pending');
select throws_ok($$ select pg_temp.proof('ours', custom_id('b')) $$, 'AP210', null, 'the lease is over');
select is(poll(), 'retrieve', 'at once');
select is(tell(message_batch('ended', 'ours', '{"succeeded": 2}')), 'ingest');

select * from finish();
rollback;
