begin;
select plan(9);

create function pg_temp.server_call(id text) returns jsonb language sql as $$
  select jsonb_build_object('type', 'server_tool_use', 'id', id, 'name', 'web_search', 'input', '{"query": "rain"}'::jsonb)
$$;
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run('r1'), claim_one();
select answer(reply_blocks(jsonb_build_array(text_block('Wait.'), pg_temp.server_call('s1')), 'pause_turn'), 'r1'), claim_one();
select is(request_of('r1') #>> '{messages,1,content,1,id}', 's1', 'while the API works on it, it goes back as it came');

select answer(reply_blocks(jsonb_build_array(
  jsonb_build_object('type', 'web_search_tool_result', 'tool_use_id', 's1', 'content', '[]'::jsonb),
  pg_temp.server_call('s2'), tool_use_block('t1', 'lookup')
), 'tool_use'), 'r1');
select finish_tool('t1', claim_next => true);
select is(request_of('r1') #>> '{messages,1,content,3,id}', 's2', 'and beside the results of a turn');
select answer(reply_blocks(jsonb_build_array(pg_temp.server_call('s3'), tool_use_block('t2', 'lookup')), 'tool_use'), 'r1');
select agentpg.cancel_run(run_id('r1'));

select given_run('r2', prompt => 'Go on.'), claim_one();
select is(
  (select jsonb_agg(b -> 'id') from jsonb_path_query(request_of('r2'), '$.messages[*].content[*] ? (@.type == "server_tool_use")') b),
  '["s1"]', 'after a cancel the calls that nobody answered are left out; the answered one stays'
);
select is(request_of('r2') #> '{messages,3,content}', jsonb_build_array(tool_use_block('t2', 'lookup')), 'the call beside it keeps its result');
select is(request_of('r2') #>> '{messages,4,content,1,text}', 'Go on.', 'and the prompt may follow');
select is((select count(*) from agentpg.messages m where m.content @> jsonb_build_array(pg_temp.server_call('s3'))), 1::bigint, 'the transcript keeps all');

select answer(reply_blocks(jsonb_build_array(pg_temp.server_call('s4'), tool_use_block('t3', 'lookup')), 'tool_use'), 'r2');
select finish_tool('t3', claim_next => true);
select is(request_of('r2') #>> '{messages,5,content,0,id}', 's4', 'within its run it stays');
select answer(reply_blocks(jsonb_build_array(pg_temp.server_call('s5')), 'pause_turn'), 'r2'), agentpg.cancel_run(run_id('r2'));
select given_run('r3'), claim_one();
select is(
  (select jsonb_agg(b -> 'id') from jsonb_path_query(request_of('r3'), '$.messages[*].content[*] ? (@.type == "server_tool_use")') b),
  '["s1"]', 'an answer that was nothing but such a call is left out whole'
);
select is(
  (select jsonb_agg(m -> 'role') from jsonb_array_elements(request_of('r3') -> 'messages') m),
  '["user", "assistant", "user", "assistant", "user", "assistant", "user", "user"]', 'and what it stood between is together'
);

select * from finish();
rollback;
