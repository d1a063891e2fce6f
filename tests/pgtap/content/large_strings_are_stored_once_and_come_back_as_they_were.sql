begin;
select plan(19);

select given_instance('{look}');
select given_agent(tools => '{look}');
select given_session();
create temporary table given as select
  jsonb_build_array(text_block('Compare.'), image_block('cat'), image_block('cat'), image_block('icon', 100)) as prompt,
  jsonb_build_array(text_block('Here.'), image_block('cat'), jsonb_build_object('type', 'document', 'source', jsonb_build_object(
    'type', 'content', 'content', jsonb_build_array(text_block('A page'), image_block('page'))))) as output,
  jsonb_build_array(
    '{"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_fetch", "input": {"url": "u"}}'::jsonb,
    jsonb_build_object('type', 'web_fetch_tool_result', 'tool_use_id', 'srvtoolu_1', 'content', jsonb_build_object(
      'type', 'web_fetch_result', 'url', 'u', 'content', pdf_block('paper'))),
    tool_use_block('toolu_1', 'look', jsonb_build_object('data', large_string('input')))
  ) as reply;

select remember('run', 'run', agentpg.create_run(session_id => session_id(), agent_id => agent_id(), content => g.prompt)) from given g;
select is(references_in(i.content), 2, 'what was asked keeps references') from agentpg.run_inputs i;
select is(references_in(m.content), 2, 'and so does the message') from agentpg.messages m;
select is((select array_agg(octet_length(c.data)) from agentpg.large_contents c), '{20000}', 'the string is stored once');
select is(m.content #> '{1,source,data,bytes}', '20000', 'a reference tells the size') from agentpg.messages m;
select is(m.content #> '{3,source,data}', to_jsonb(large_string('icon', 100)), 'what is small stays') from agentpg.messages m;

select is(claim_one(), 'run');
select is(request_of() #> '{messages,0,content}', g.prompt, 'the request has the prompt as it was given') from given g;
select is((agentpg.get_run(run_id())).content, g.prompt, 'so has the run') from given g;
select is((agentpg.get_run(run_id())).prompt, 'Compare.');

select is(answer((select reply_blocks(g.reply, 'tool_use') from given g)), 1);
select is((select count(*) from agentpg.large_contents c), 2::bigint, 'a document in a reply is stored apart, the input of a call is not');
select is((select t.input ->> 'data' from agentpg.run_tool_calls(run_id()) t), large_string('input'), 'the tool gets its input whole');
select is(finish_tool('toolu_1', (select g.output from given g), claim_next => true), 'run');
select is((select count(*) from agentpg.large_contents c), 3::bigint, 'the image that the tool shows again is the one of the prompt');
select is(
  jsonb_path_query_array(request_of(), '$.messages[*].content'),
  (select jsonb_build_array(g.prompt, g.reply, jsonb_build_array(jsonb_build_object('type', 'tool_result', 'tool_use_id', 'toolu_1', 'content', g.output))) from given g),
  'the next request has all of it as it was'
);
select is((select t.output_content from agentpg.run_tool_calls(run_id()) t), g.output, 'so has the list of tool calls') from given g;
select is(array(select m.content from agentpg.session_messages(session_id()) m), array(
  select r.content from jsonb_path_query(request_of(), '$.messages[*].content') r(content)
), 'and the transcript');

select answer(reply_blocks(jsonb_build_array(text_block('Done.'), '{"type": "container_upload", "file_id": "file_1"}'::jsonb, pdf_block('paper'))));
select is((select r.message -> 'content' -> 2 from agentpg.get_response(run_id()) r), pdf_block('paper'), 'and the answer');
select is((select count(*) from agentpg.invariant_violations v), 0::bigint);

select * from finish();
rollback;
