begin;
select plan(4);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
create temporary table said as select '[
  {"type": "thinking", "thinking": "", "signature": "EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pk="},
  {"type": "redacted_thinking", "data": "EmwKAhgB=="},
  {"type": "text", "text": "Tea \u2615 \n", "citations": [{"type": "char_location", "cited_text": "x", "start_char_index": 0}]},
  {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}, "caller": {"type": "direct"}},
  {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"type": "web_search_result", "encrypted_content": "abc", "page_age": null}]},
  {"type": "tool_use", "id": "toolu_1", "name": "lookup", "input": {"price": 1.10, "n": 12345678901234567890, "none": null}}
]'::jsonb as content;
select answer(reply_blocks((select s.content from said s), 'tool_use'));
select is(finish_tool('toolu_1', claim_next => true), 'run');
select is(request_of() #> '{messages,1,content}', (select s.content from said s));
select is((request_of() #> '{messages,1,content}')::text, (select s.content::text from said s), 'byte for byte');
select is((select t.input::text from agentpg.run_tool_calls(run_id()) t), '{"n": 12345678901234567890, "none": null, "price": 1.10}', 'a tool gets its numbers exactly');

select * from finish();
rollback;
