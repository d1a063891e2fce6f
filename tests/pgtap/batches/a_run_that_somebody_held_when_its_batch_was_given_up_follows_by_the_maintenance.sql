begin;
select plan(14);

-- Held while another connection gave its batch up: that takes two of them, so here the mark is put there by hand.
select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
create function pg_temp.mark(run text) returns void language sql as
$$ update agentpg.batch_members set result = '{"type": "released"}' where run_id = agentpg_test.run_id(run) $$;
select given_batch_runs('sending'), gather('one');
select given_batch_runs('pending'), gather('two');
select send('two');
select given_batch_runs('cancelled'), gather('three');
select pg_temp.mark(n) from unnest('{sending,pending,cancelled}'::text[]) n;
select is(agentpg.abandon_batch(batch_id(n)), true) from unnest('{one,two,three}'::text[]) n;
select is((select array_agg(state_of(n)::text) from unnest('{sending,pending}'::text[]) n), '{batch_submitting,batch_pending}');
select agentpg.cancel_run(run_id('cancelled'));
select is_empty('select * from agentpg.invariant_violations');
select is(gather('none'), null);
select is((maintain() ->> 'settled_batch_results')::integer, 3);
select is((select array_agg(state_of(n)::text) from unnest('{sending,pending,cancelled}'::text[]) n), '{pending,pending,cancelled}');
select is((select r.attempt from agentpg.get_run(run_id(n)) r), 0, 'no attempt counts by it') from unnest('{sending,pending}'::text[]) n;
select is((select count(*)::integer from agentpg.batch_members m where m.withdrawn_at is not null and m.result is null), 3);
select is(gather('next'), '{sending,pending}');
select is((maintain() ->> 'settled_batch_results')::integer, 0);
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
