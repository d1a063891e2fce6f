begin;
select plan(25);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select freeze('2026-11-22 12:00Z');
select given_instance(), given_instance(name => 'second');
select given_batch_runs('a'), gather('gathered');
select given_batch_runs('b'), gather('sending');
select begin_sending('sending');
select given_batch_runs('c'), gather('sent');
select send('sent');
select given_batch_runs('d'), gather('other', 'second');
select advance('17 seconds'), poll('sent');
select is(agentpg.release_batches(instance_id(), array[batch_id('other'), agentpg._uuid_v7()]), 0, 'not what another holds');
select is(agentpg.release_batches(instance_id(), array[batch_id('gathered')]), 1, 'the given ones');
select is(agentpg.release_batches(instance_id()), 2, 'all');
select is(agentpg.release_batches(instance_id()), 0, 'nothing is left');
select is((select array_agg(batch_state(n)::text) from unnest('{gathered,sending,sent,other}'::text[]) n), '{gathered,unknown,submitted,gathered}');
select is((select row(b.unknown_since, b.next_poll_at)::text from agentpg.batches b where b.id = batch_id('sending')),
  row('2026-11-22 12:00:17Z'::timestamptz, '2026-11-22 12:01:17Z'::timestamptz)::text, 'it may be on its way');
select is(state_of('b'), 'batch_submitting');
select throws_ok($$ select tell(message_batch(), 'sent') $$, 'AP210');
select is(gather('again', 'second'), '{a}', 'at once');
select is(poll('sent', 'second'), 'retrieve');
select is((select r.attempt from agentpg.get_run(run_id('a')) r), 1, 'nothing counts by it');

-- A worker that leaves, and one whose name a newer one takes.
select agentpg.deregister_instance(instance_id('second'));
select is((select count(b.lease_token)::integer from agentpg.batches b), 0);
select is(gather('again'), '{a}');
select remember('instance', 'old', i.instance_id) from agentpg.register_instance(name => 'alone', exclusive => true) i;
select is(gather('other', 'old'), '{d}');
select begin_sending('other');
select is(poll('sent', 'old'), 'retrieve');
select agentpg.register_instance(name => 'alone', exclusive => true);
select is((select array_agg(batch_state(n)::text) from unnest('{other,sent}'::text[]) n), '{unknown,submitted}');
select is((select array_agg(b.claimed_by) filter (where b.claimed_by is not null) from agentpg.batches b), array[instance_id()], 'but for what another holds');
select throws_ok($$ select tell(message_batch(), 'sent') $$, 'AP210');
select throws_ok($$ select * from agentpg.claim_batch(instance_id('old')) $$, 'AP211');
select throws_ok($$ select * from agentpg.claim_batch_polls(instance_id('old')) $$, 'AP211');
select throws_ok($$ select * from agentpg.claim_batch_cancellations(instance_id('old')) $$, 'AP211');
select throws_ok($$ select * from agentpg.claim_batch_polls(instance_id(), 0) $$, 'AP108');
select throws_ok($$ select * from agentpg.claim_batch_cancellations(instance_id(), 10001) $$, 'AP108');
select accepted('other', 'msgbatch_9');
select is(batch_state('other'), 'submitted', 'what the fenced one sent counts all the same');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
