begin;
select plan(11);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_run(n, prompt => repeat(n, 1000), session => n, mode => 'batch') from unnest('{a,b,c}'::text[]) n;
select is(gather(max_bytes => 3000), '{a,b}', 'a third would be above');
select cmp_ok((select b.request_bytes from agentpg.batches b), '<=', 3000::bigint);
select cmp_ok((select b.request_bytes from agentpg.batches b), '>=', (
  select sum(octet_length(batch_request_of(n)::text))::bigint from unnest('{a,b}'::text[]) n
), 'no fewer than the requests have');
select is(state_of('c'), 'pending');
select is((select r.attempt from agentpg.runs r where r.id = run_id('c')), 0::smallint);
select is(gather('second', max_bytes => 10), '{c}', 'one alone goes, however big: the provider decides');
select agentpg.configure('{"batch_max_requests": 1}');
select given_batch_runs('d', 'e');
select is(gather('third', max_requests => 1000), '{d}', 'the setting bounds what a worker may ask for');
select is(gather('fourth', max_bytes => null), '{e}');
select agentpg.configure('{"batch_max_bytes": 1, "batch_max_requests": 10}');
select given_batch_runs('f', 'g');
select is(gather('fifth', max_bytes => 100000), '{f}');
select throws_ok($$ select * from agentpg.claim_batch(instance_id(), 0) $$, 'AP108');
select throws_ok($$ select * from agentpg.claim_batch(instance_id(), max_bytes => -1) $$, 'AP108');

select * from finish();
rollback;
