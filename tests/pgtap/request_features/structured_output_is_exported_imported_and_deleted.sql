begin;
select plan(6);

select given_instance();
select given_run(options => '{"output_schema": {"type": "array", "items": {"type": "integer"}}, "output_repairs": 2}');
select claim_one();
select answer(reply_text('One, two.'));
select claim_one();
select answer(reply_text('[1, 2'));
select claim_one();
select answer(reply_text('[1, 2]'));
create temporary table document as select agentpg.export_session(session_id()) as d;
select remember('session', 'copy', agentpg.import_session((select d.d from document d)));
select results_eq(
  $$ select t.iteration, t.event, t.detail from agentpg.runs r cross join lateral agentpg.run_timeline(r.id) t where r.session_id = session_id('copy') order by t.at, t.event, t.iteration $$,
  $$ select t.iteration, t.event, t.detail from agentpg.run_timeline(run_id()) t order by t.at, t.event, t.iteration $$, 'repairs and all'
);
select is((select count(*) from agentpg.output_repairs), 4::bigint);
select is((select count(distinct r.prefix_id) from agentpg.runs r), 1::bigint, 'equal prefixes are one row');
select is(
  (select jsonb_agg(s.f) from (select agentpg.import_session(jsonb_set(d.d - 'none', '{sessions,0,runs,0}', (d.d #> '{sessions,0,runs,0}') - 'output_repairs')) is not null as f from document d) s),
  '[true]', 'a document of an older release has none'
);
select refused(
  $$ select agentpg.import_session(jsonb_set(d.d, '{sessions,0,runs,0,output_repairs,0,reason}', '"dull"')) from document d $$, 'AP264', ''
);
select agentpg.delete_session(session_id());
select is((select count(*) from agentpg.output_repairs), 2::bigint, 'they go with their session');

select * from finish();
rollback;
