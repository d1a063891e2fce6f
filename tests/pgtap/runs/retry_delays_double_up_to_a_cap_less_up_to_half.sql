begin;
select plan(11);

select is(
  (select row(bool_and(d.delay between make_interval(secs => least(120, 2 ^ (a - 1)) / 2) and make_interval(secs => least(120, 2 ^ (a - 1)))), a)::text
   from generate_series(1, 200), lateral (select agentpg._model_retry_delay(a, null) as delay) d),
  format('(t,%s)', a), format('attempt %s', a)
)
from unnest('{1,2,3,7,8,30,1000}'::integer[]) a;
select ok(
  (select count(distinct agentpg._model_retry_delay(5, null)) from generate_series(1, 50)) > 10, 'the delays of many runs are spread'
);
select ok(
  (select bool_and(agentpg._model_retry_delay(1, interval '40 seconds') between interval '40 seconds' and interval '44 seconds') from generate_series(1, 200)),
  'what the API asked for comes first, and up to a tenth more'
);
select is(agentpg._model_retry_delay(9, interval '-5 seconds'), interval '0', 'a negative retry-after is none');
select agentpg.configure('{"model_retry_base": "1 day", "model_retry_cap": "1 day"}');
select ok(agentpg._model_retry_delay(1000, null) <= interval '1 day', 'the longest delay allowed doubles without overflowing');

select * from finish();
rollback;
