begin;
select plan(21);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_batch_runs('a'), gather();
select begin_sending(), batch_error('{}'), advance('2 minutes'), poll();
select throws_ok(format('select agentpg.record_batch_candidates(%L, %L, %L)', batch_id(), batch_lease(), c), 'AP100') from unnest(array['{}', 'null', '"x"']) c;
select throws_ok(format('select agentpg.record_batch_candidates(%L, %L, null)', batch_id(), batch_lease()), 'AP100');
select throws_ok(format('select agentpg.record_batch_proof(%L, %L, %L, %L)', batch_id(), batch_lease(), '', custom_id('a')), 'AP100');
select throws_ok(format('select agentpg.record_batch_proof(%L, %L, null, %L)', batch_id(), batch_lease(), custom_id('a')), 'AP100');
select throws_ok(format('select agentpg.record_batch_proof(%L, %L, %L, %L)', agentpg._uuid_v7(), batch_lease(), 'm', custom_id('a')), 'AP009');
select throws_ok(format('select agentpg.record_batch_candidates(%L, %L, %L)', agentpg._uuid_v7(), batch_lease(), '[]'), 'AP009');
select throws_ok(format('select agentpg.record_batch_candidates(%L, %L, %L)', batch_id(), agentpg._uuid_v7(), '[]'), 'AP210');
-- What cannot be read may be it: better to ask than to pay twice.
create function pg_temp.asked(extra jsonb) returns text language sql as $$
  select string_agg(c, ' ') from agentpg.record_batch_candidates(batch_id(), batch_lease(), jsonb_build_array(message_batch('ended', extra => asked.extra))) c
$$;
select is(pg_temp.asked(e::jsonb), 'msgbatch_1', e) from unnest(array['{"created_at": "yesterday or so"}', '{"created_at": null}', '{"request_counts": {"succeeded": "one"}}',
  '{"request_counts": 1}', '{"request_counts": [1]}', '{"request_counts": null}']) e;
select is(pg_temp.asked('{"request_counts": {"succeeded": 99999999999999}}'), null, 'that many are another batch');
select is(batch_state(), 'gathered');

-- One that a proof gives to us belongs to nobody else.
select gather('one');
select send('one', 'msgbatch_7');
select given_batch_runs('b'), gather();
select begin_sending(), batch_error('{}'), advance('2 minutes');
update agentpg.batches set next_poll_at = agentpg.now() + interval '1 day' where id = batch_id('one');
select is(poll(), 'reconcile');
select throws_ok($$ select agentpg.record_batch_proof(batch_id(), batch_lease(), 'msgbatch_7', custom_id('b')) $$, 'AP100');
select is(batch_state(), 'unknown');
select throws_ok($$ select agentpg.record_batch_submitted(b.id, b.submission_token, message_batch(id => 'msgbatch_7')) from agentpg.batches b where b.id = batch_id() $$, 'AP100');

select * from finish();
rollback;
