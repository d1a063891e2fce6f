begin;
select plan(5);

select is(substr(agentpg._uuid_v7()::text, 15, 1), '7', 'version 7');
select matches(substr(agentpg._uuid_v7()::text, 20, 1), '[89ab]', 'the RFC variant');
create temporary table made as select n, clock_timestamp() as at, agentpg._uuid_v7() as id from generate_series(1, 1000) n;
select is((select count(distinct m.id)::integer from made m), 1000, 'no two are equal');
select ok(
  (select bool_and(abs(('x' || substr(replace(m.id::text, '-', ''), 1, 12))::bit(48)::bigint - extract(epoch from m.at) * 1000) < 1000) from made m),
  'the first 48 bits are the time in milliseconds'
);
select is(
  (select count(*)::integer from (select m.id, lag(m.id) over (order by m.n) as earlier from made m) pair where pair.id <= pair.earlier),
  0, 'what one statement makes stays in its order'
);

select * from finish();
rollback;
