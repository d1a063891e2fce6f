begin;
select plan(9);

select agentpg.configure('{"batch_max_wait": "0 seconds", "batch_settle_time": "0 seconds", "max_model_attempts": 2}');
select freeze('2026-11-22 12:00Z');
select given_instance();
create function pg_temp.send_in_vain(name text) returns agentpg.batch_state language plpgsql as $$
begin
  perform begin_sending(name);
  perform batch_error('{"status": 500, "type": "api_error", "message": "no"}', batch => name);
  perform advance('1 second');
  perform poll(name);
  perform agentpg.record_batch_candidates(batch_id(name), batch_lease(name), '[]');
  return batch_state(name);
end
$$;
select given_batch_runs('a', 'b');
select is(gather(), '{a,b}');
select is(pg_temp.send_in_vain('batch'), 'gathered', 'sent again as it is');
select is(gather(), '{a,b}');
select is(pg_temp.send_in_vain('batch'), 'gathered');
select is((select count(*)::integer from agentpg.batches), 1, 'while the provider takes none it stays whole');

update agentpg.batches set next_poll_at = agentpg.now() + interval '1 hour';
select given_batch_runs('other'), gather('third');
select send('third', 'msgbatch_3');
update agentpg.batches set next_poll_at = agentpg.now() + interval '1 hour';
update agentpg.batches set next_poll_at = agentpg.now() where id = batch_id();
select is(gather(), '{a,b}');
select pg_temp.send_in_vain('batch');
select is((select array_agg(b.request_count order by b.id) from agentpg.batches b where b.state = 'gathered'), '{1,1}', 'others were taken: in halves');

update agentpg.batches set next_poll_at = agentpg.now() + interval '1 hour';
update agentpg.batches set next_poll_at = agentpg.now() where id = batch_id();
select is(gather(), '{a}');
select pg_temp.send_in_vain('batch'), maintain();
select is((select error_type || ': ' || error_message from agentpg.runs where id = run_id('a')),
  'batch_not_accepted: sent 4 times, never accepted: api_error: no', 'alone it fails');

select * from finish();
rollback;
