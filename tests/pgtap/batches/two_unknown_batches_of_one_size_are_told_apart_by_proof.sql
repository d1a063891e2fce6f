begin;
select plan(15);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_batch_runs('a'), gather('one');
select begin_sending('one'), given_batch_runs('b'), gather('two');
select begin_sending('two');
select is(batch_error('{}', batch => n), 'unknown') from unnest('{one,two}'::text[]) n;
select advance('2 minutes');
select is((select count(*)::integer from agentpg.claim_batch_polls(instance_id(), 10)), 2);
select remember('batch', n, batch_id(n), b.lease_token) from unnest('{one,two}'::text[]) n, agentpg.batches b where b.id = batch_id(n);
create temporary table listed as select jsonb_build_array(message_batch('ended', 'of two', '{"succeeded": 1}')) as batches;

select is(array(select agentpg.record_batch_candidates(batch_id('one'), batch_lease('one'), l.batches) from listed l), '{of two}', 'either may be it');
select is(array(select agentpg.record_batch_candidates(batch_id('two'), batch_lease('two'), l.batches) from listed l), '{of two}');
select is(agentpg.record_batch_proof(batch_id('one'), batch_lease('one'), 'of two', custom_id('b', 'two')), false);
select is(agentpg.record_batch_proof(batch_id('two'), batch_lease('two'), 'of two', custom_id('b', 'two')), true);
select is_empty($$ select agentpg.record_batch_candidates(batch_id('one'), batch_lease('one'), l.batches) from listed l $$);
select is(batch_state('one'), 'gathered', 'only this one is sent again');
select is(batch_state('two'), 'submitted');

-- Both were looked for at once, and the other one was faster.
select gather('one'), begin_sending('one'), batch_error('{}', batch => 'one');
update agentpg.batches set disproved = '{}' where id = batch_id('one');
select advance('2 minutes');
update agentpg.batches set next_poll_at = agentpg.now() + interval '1 day' where id = batch_id('two');
select is(poll('one'), 'reconcile');
select is(agentpg.record_batch_proof(batch_id('one'), batch_lease('one'), 'of two', custom_id('b', 'two')), false, 'it has an owner: one more reason');
select is_empty($$ select agentpg.record_batch_candidates(batch_id('one'), batch_lease('one'), l.batches) from listed l $$);

-- What has an owner is no candidate for another.
select gather('one'), begin_sending('one'), batch_error('{}', batch => 'one');
update agentpg.batches set disproved = '{}' where id = batch_id('one');
select advance('2 minutes');
update agentpg.batches set next_poll_at = agentpg.now() + interval '1 day' where id = batch_id('two');
select is(poll('one'), 'reconcile');
select is_empty($$ select agentpg.record_batch_candidates(batch_id('one'), batch_lease('one'), l.batches) from listed l $$);

select * from finish();
rollback;
