begin;
select plan(4);

select is_empty($$ select * from agentpg.error_codes where sqlstate !~ '^AP[0-9]{3}$' $$, 'class AP');
select refused($$ insert into agentpg.error_codes values ('42000', 'x', 'y') $$, '23514', '');
select refused($$ insert into agentpg.error_codes values ('AP999', 'run_cancelled', 'y') $$, '23505', '');
select is_empty(
  $$ select distinct c.code from pg_proc p, regexp_matches(p.prosrc, '''(AP[0-9]{3})''', 'g') as m(found)
     cross join lateral (select m.found[1]) as c(code)
     where p.pronamespace = 'agentpg'::regnamespace and c.code not in (select e.sqlstate from agentpg.error_codes e) $$,
  'no function raises a code that is not listed'
);

select * from finish();
rollback;
