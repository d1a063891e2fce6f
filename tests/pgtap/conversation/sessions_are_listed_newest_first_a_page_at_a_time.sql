begin;
select plan(6);

select given_session('s' || n, jsonb_build_object('n', n, 'odd', n % 2 = 1)) from generate_series(1, 5) n;
create temporary table listed as select s.id, row_number() over () as place from agentpg.list_sessions() s;
select is((select count(*)::integer from listed), 5);
select is((select array_agg(l.id order by l.place) from listed l), (select array_agg(s.id order by s.id desc) from agentpg.sessions s));
select results_eq(
  $$ select s.id from agentpg.list_sessions(max_count => 2, before => (select l.id from listed l where l.place = 2)) s $$,
  'select l.id from listed l where l.place in (3, 4) order by l.place', 'the next page'
);
select is((select count(*)::integer from agentpg.list_sessions('{"odd": true}')), 3, 'by what the metadata contains');
select refused('select agentpg.list_sessions(max_count => 0)', 'AP108', '');
select refused('select agentpg.list_sessions(metadata => ''[]'')', 'AP104');

select * from finish();
rollback;
