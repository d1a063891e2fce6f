begin;
select plan(2);

select given_instance();
select freeze('2026-11-22 12:00Z');
select given_run('p' || p, session => 's' || p, priority => p) from unnest('{1,5,-3,0,9,-7}'::integer[]) p;
select is(
  (select array_agg(name_of_run(c.run_id) order by c.ordinality) from agentpg.claim_runs(instance_id(), max_count => 4) with ordinality c),
  '{p9,p5,p1,p0}'
);
select is(
  (select array_agg(name_of_run(c.run_id) order by c.ordinality)
   from agentpg.claim_runs(instance_id(), max_count => 1, run_ids => array[run_id('p-7'), run_id('p-3')]) with ordinality c),
  '{p-3}', 'of the given ones too'
);

select * from finish();
rollback;
