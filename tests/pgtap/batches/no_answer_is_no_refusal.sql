begin;
select plan(29);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select freeze('2026-11-22 12:00Z');
select given_instance();
create function pg_temp.state_after(error jsonb) returns text language plpgsql as $$
declare
  v_name text := gen_random_uuid();
begin
  update agentpg.queues set paused_until = null, pause_reason = null, spread_until = null, next_claim_at = null;
  perform given_batch_runs(v_name), gather();
  perform begin_sending();
  perform batch_error(error);
  return batch_state();
end
$$;
select is(pg_temp.state_after(e::jsonb), 'unknown', e) from unnest(array[
  '{"status": 500, "type": "api_error"}', '{"status": 503}', '{"status": 504, "type": "timeout_error"}', '{"status": 408}', '{"status": 409}',
  '{"type": "connection_error", "message": "reset by peer"}', '{}', '{"status": "none"}', '{"status": 500, "not_sent": "yes"}'
]) e;
select is((select row(b.unknown_since, b.next_poll_at, b.lease_token, b.failures)::text from agentpg.batches b where b.id = batch_id()),
  row('2026-11-22 12:00Z'::timestamptz, '2026-11-22 12:01Z'::timestamptz, null, 1)::text, 'the provider gets time to list it');
select is(gather('again'), null, 'it is not sent again');
select is((select w.reason from agentpg.runs r, agentpg.why_waiting(r.id) w where r.batch_id = batch_id()), 'batch_unknown');
select is(poll(), null);

-- What never left, and what the provider clearly refused, is sent again.
select is(pg_temp.state_after(e::jsonb), 'gathered', e) from unnest(array[
  '{"type": "connection_error", "not_sent": true}', '{"status": 429}', '{"status": 529}', '{"status": 400, "should_retry": true}', '{"status": 404, "should_retry": "true"}'
]) e;
select is(gather('again'), null, 'not at once');
select cmp_ok((select b.next_poll_at from agentpg.batches b where b.id = batch_id()), '>=', '2026-11-22 12:00:15Z'::timestamptz);

-- A worker that fails before it began to send has sent nothing, whatever it says.
select agentpg.resume_parked();
update agentpg.queues set paused_until = null, pause_reason = null, spread_until = null, next_claim_at = null;
select given_batch_runs('early'), gather();
select is(batch_error('{"status": 500}'), 'gathered');
select is((select array_agg(distinct r.state::text) from agentpg.runs r), '{batch_submitting}');

-- What an error must be.
select given_batch_runs('last'), gather();
select throws_ok(format('select * from agentpg.record_batch_error(%L, %L, %L)', batch_id(), batch_lease(), e), 'AP100') from unnest(array['[]', '"no"', 'null']) e;
select throws_ok(format('select * from agentpg.record_batch_error(%L, %L, null)', batch_id(), batch_lease()), 'AP100');
select throws_ok(format('select * from agentpg.record_batch_error(%L, %L, %L)', agentpg._uuid_v7(), batch_lease(), '{}'), 'AP009');
select throws_ok(format('select * from agentpg.record_batch_error(%L, %L, %L)', batch_id(), agentpg._uuid_v7(), '{}'), 'AP210');
select is((select row(b.state, b.failures)::text from agentpg.batches b where b.id = batch_id()), '(gathered,0)', 'what is refused changes nothing');

select * from finish();
rollback;
