begin;
select plan(11);

select given_child();
select claim_one();
select answer(reply_text('Found.'), 'child');
select claim_one();
select answer(reply_text('One.'));
select given_run('second', agent => 'worker');
select claim_one();
select answer(reply_text('Two.'), 'second');
select given_run('third', agent => 'worker');
select claim_one();
select answer(reply_text('Three.'), 'third');

create temp table document as select agentpg.export_run(run_id('second')) as d, agentpg.export_run(run_id()) as f, agentpg.export_run(run_id('child')) as c;
select is((select jsonb_array_length(d #> '{sessions,0,messages}') from document), 6, 'up to the end of its turn');
select is((select jsonb_array_length(d #> '{sessions,0,runs}') from document), 1, 'and no other run');
select is((select jsonb_array_length(d -> 'sessions') from document), 1, 'delegates of other runs are not its own');
select is((select jsonb_array_length(f -> 'sessions') from document), 2);
select remember('session', 'copy', agentpg.import_session((select d from document)));
select is((select d.response_text from agentpg.run_details d where d.session_id = session_id('copy')), 'Two.');
select remember('session', 'delegate', agentpg.import_session((select c from document)));
select is((select (i.depth, i.parent_run_id) from agentpg.run_inputs i where i.session_id = session_id('delegate')), (0, null::uuid),
  'a delegate''s run alone is at the top');
select remember('session', 'tree', agentpg.import_session((select f from document)));
select is((select count(*) from agentpg.run_inputs i where i.root_run_id in (select r.id from agentpg.runs r where r.session_id = session_id('tree'))), 1::bigint);

-- One that was superseded is shown as it was.
select agentpg.regenerate_run(run_id('third'));
select remember('session', 'superseded', agentpg.import_session(agentpg.export_run(run_id('third'))));
select is((select count(*) from agentpg.session_messages(session_id('superseded'))), 8::bigint);
select refused($$ select agentpg.export_run(session_id()) $$, 'AP003', 'committed');
select is((select s.depth from agentpg.sessions s where s.parent_session_id = session_id('tree')), 1);
select all_is_well();

select * from finish();
rollback;
