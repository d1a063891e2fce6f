begin;
select plan(6);

select given_instance('{look}');
select given_agent(tools => '{look}');
select given_session();
select remember('run', 'run', agentpg.create_run(session_id => session_id(), agent_id => agent_id(), content => jsonb_build_array(image_block('asked'))));
create temporary table first as select * from agentpg.claim_runs(instance_id());
select is(f.request #> '{messages,0,content}', jsonb_build_array(image_block('asked'))) from first f;
create temporary table tools as
select * from agentpg.record_response((select f.iteration_id from first f), (select f.lease_token from first f), reply_tool_use('t1', 'look'));
create temporary table next as
select n.* from tools t, first f, agentpg.complete_tool(
  t.tool_execution_id, t.lease_token, jsonb_build_array(image_block('seen')), claim_next => true,
  known => jsonb_build_object('seq', f.context_seq, 'checksum', f.context_checksum)
) n;
select is(n.messages_after, f.context_seq, 'only what is new') from next n, first f;
select is(jsonb_array_length(n.request -> 'messages'), 2) from next n;
select is(n.request #> '{messages,1,content,0,content}', jsonb_build_array(image_block('seen')), 'with the image whole') from next n;
select is(references_in(n.request), 0) from next n;
select is((select count(*) from agentpg.large_contents), 2::bigint);

select * from finish();
rollback;
