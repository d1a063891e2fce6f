begin;
select plan(19);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_batch_runs('a'), gather();
select begin_sending();
select throws_ok(format('select agentpg.record_batch_submitted(%L, %L, %L)', batch_id(), batch_lease(), b), 'AP115')
from unnest(array['{}', '[]', 'null', '"x"', '{"id": "", "processing_status": "ended"}', '{"id": "m"}', '{"id": "m", "processing_status": "done"}']) b;
select throws_ok(format('select agentpg.record_batch_submitted(%L, %L, null)', batch_id(), batch_lease()), 'AP115');
select throws_ok(format('select agentpg.record_batch_submitted(%L, %L, message_batch())', agentpg._uuid_v7(), batch_lease()), 'AP009');
select throws_ok(format('select agentpg.record_batch_submitted(null, null, message_batch())'), 'AP009');
select throws_ok($$ select tell(message_batch()) $$, 'AP100', null, 'nothing was sent yet');
select throws_ok($$ select take(succeeded('a')) $$, 'AP200');
select throws_ok($$ select ingested(1) $$, 'AP200');
select throws_ok($$ select agentpg.record_batch_candidates(batch_id(), batch_lease(), '[]') $$, 'AP200');
select throws_ok($$ select agentpg.record_batch_proof(batch_id(), batch_lease(), 'm', 'x') $$, 'AP200');
select accepted();
select advance('10 minutes'), poll();
select throws_ok($$ select tell(message_batch(id => 'msgbatch_2')) $$, 'AP100');
select throws_ok($$ select tell('{"id": "msgbatch_1"}') $$, 'AP115');
select throws_ok($$ select begin_sending() $$, 'AP200', null, 'it is at the provider already');
-- Times that nobody can read do not stop it.
select is(agentpg._lifetime('{"created_at": "soon", "expires_at": "later"}'), interval '24 hours');

select * from finish();
rollback;
