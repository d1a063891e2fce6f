begin;
select plan(17);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_batch_runs('a', 'b', 'c'), gather();
select is(end_batch(counts => '{"succeeded": 3}'), 'ingest');
create temporary table answers as select succeeded('b') as b, succeeded('a') as a, succeeded('c') as c;
select is((select take(t.b, t.a) from answers t), '(2,0,0)');
create temporary table before as select everything() as hash;
select is((select take(t.a, t.b) from answers t), '(2,0,0)', 'a chunk repeated');
select is((select take(t.b, t.b) from answers t), '(2,0,0)', 'a line twice');
select is((select take(succeeded('a', reply_text('Another.')), errored('b', 'invalid_request_error')) from answers t), '(2,0,0)', 'the first counts');
select is(everything(), (select hash from before), 'and nothing has changed');
select is(take('{"custom_id": "mine-1", "result": {"type": "expired"}}', '{"result": {"type": "expired"}}', '7', 'null', '[]', '{"custom_id": null}',
  jsonb_build_object('custom_id', agentpg._custom_id(agentpg._uuid_v7(), 1), 'result', '{"type": "expired"}'::jsonb),
  jsonb_build_object('custom_id', agentpg._custom_id(batch_id(), 4), 'result', '{"type": "expired"}'::jsonb),
  jsonb_build_object('custom_id', agentpg._custom_id(batch_id(), 0), 'result', '{"type": "expired"}'::jsonb),
  jsonb_build_object('custom_id', custom_id('c') || '999999', 'result', '{"type": "expired"}'::jsonb)
), '(0,0,10)', 'what is not of this batch is ignored');
select is(everything(), (select hash from before));
select is((select r::text from agentpg.record_batch_results(batch_id(), batch_lease(), '[]') r), '(0,0,0)');
select throws_ok($$ select * from agentpg.record_batch_results(batch_id(), batch_lease(), '{}') $$, 'AP100');
select throws_ok($$ select * from agentpg.record_batch_results(batch_id(), batch_lease(), null) $$, 'AP100');
select throws_ok($$ select * from agentpg.record_batch_results(batch_id(), agentpg._uuid_v7(), '[]') $$, 'AP210');
select throws_ok($$ select * from agentpg.record_batch_results(agentpg._uuid_v7(), batch_lease(), '[]') $$, 'AP009');

-- A worker is lost in the middle; another begins at the start of the file.
select advance('2 minutes');
select is(poll(), 'ingest');
select is((select take(t.b, t.a, t.c) from answers t), '(3,0,0)');
select is(ingested(3), true);
select is((select count(*)::integer from agentpg.messages m where m.role = 'assistant'), 3);

select * from finish();
rollback;
