begin;
select plan(14);

select given_instance('{look}');
select given_agent(tools => '{look}');
select given_session();
create temporary table given as select
  '[
    {"type": "text", "text": "Compare these.", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
    {"type": "image", "source": {"type": "base64", "media_type": "image/webp", "data": "UklGRg=="}},
    {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}, "transformations": [{"type": "crop"}]},
    {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
    {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}, "title": "t", "context": "c", "citations": {"enabled": true}},
    {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "plain"}},
    {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "a"}, {"type": "image", "source": {"type": "url", "url": "u"}}]}},
    {"type": "document", "source": {"type": "content", "content": "whole"}},
    {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
    {"type": "document", "source": {"type": "file", "file_id": "file_2"}},
    {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "found"}], "citations": {"enabled": true}},
    {"type": "container_upload", "file_id": "file_3"},
    {"type": "invented_in_2031", "deep": {"a": [1, 2.50, null, true], "": ""}}
  ]'::jsonb as prompt,
  '[
    {"type": "thinking", "thinking": "", "signature": "EqQBCgIYAhIM+/=="},
    {"type": "thinking", "thinking": "Let me see\n\n", "signature": "c2ln"},
    {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix/LafPsn4a"},
    {"type": "text", "text": "As the page says,", "citations": [
      {"type": "char_location", "cited_text": "pl", "document_index": 0, "document_title": null, "start_char_index": 0, "end_char_index": 2, "file_id": null},
      {"type": "page_location", "cited_text": "x", "document_index": 1, "document_title": "t", "start_page_number": 1, "end_page_number": 2},
      {"type": "content_block_location", "cited_text": "a", "document_index": 2, "document_title": null, "start_block_index": 0, "end_block_index": 1},
      {"type": "search_result_location", "cited_text": "f", "search_result_index": 0, "source": "s", "title": "t", "start_block_index": 0, "end_block_index": 1},
      {"type": "web_search_result_location", "cited_text": "w", "url": "u", "title": "t", "encrypted_index": "Eo8BCioIAhgB=="}]},
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}, "caller": {"type": "direct"}},
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [
      {"type": "web_search_result", "url": "u", "title": "t", "encrypted_content": "Er8CCioIAhgB==", "page_age": "2 days ago"}]},
    {"type": "server_tool_use", "id": "srvtoolu_2", "name": "web_fetch", "input": {"url": "u"}},
    {"type": "web_fetch_tool_result", "tool_use_id": "srvtoolu_2", "content": {"type": "web_fetch_tool_error", "error_code": "url_not_accessible"}},
    {"type": "server_tool_use", "id": "srvtoolu_3", "name": "code_execution", "input": {"code": "1"}},
    {"type": "code_execution_tool_result", "tool_use_id": "srvtoolu_3", "content": {"type": "code_execution_result", "stdout": "1\n", "stderr": "", "return_code": 0,
      "content": [{"type": "code_execution_output", "file_id": "file_4"}]}},
    {"type": "server_tool_use", "id": "srvtoolu_4", "name": "bash_code_execution", "input": {"command": "ls"}},
    {"type": "bash_code_execution_tool_result", "tool_use_id": "srvtoolu_4", "content": {"type": "bash_code_execution_result", "stdout": "", "stderr": "", "return_code": 0, "content": []}},
    {"type": "server_tool_use", "id": "srvtoolu_5", "name": "text_editor_code_execution", "input": {"command": "view"}},
    {"type": "text_editor_code_execution_tool_result", "tool_use_id": "srvtoolu_5", "content": {"type": "text_editor_code_execution_view_result", "content": "", "num_lines": null}},
    {"type": "server_tool_use", "id": "srvtoolu_6", "name": "tool_search_tool_bm25", "input": {"query": "q"}},
    {"type": "tool_search_tool_result", "tool_use_id": "srvtoolu_6", "content": {"type": "tool_search_tool_search_result", "tool_references": [{"type": "tool_reference", "tool_name": "look"}]}},
    {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "m", "server_name": "s", "input": {}},
    {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": false, "content": [{"type": "text", "text": ""}]},
    {"type": "mcp_tool_listing", "server_name": "s", "tools": []},
    {"type": "advisor_tool_result", "tool_use_id": "srvtoolu_7", "content": {"type": "x"}},
    {"type": "container_upload", "file_id": "file_5"},
    {"type": "compaction", "content": null, "encrypted_content": "x"},
    {"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}},
    {"type": "invented_in_2032", "data": [{"data": {"data": "x"}}]},
    {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"n": 12345678901234567890123456789, "d": 0.1000, "e": 1e300, "neg": -0.0000000000000000000001}, "caller": {"type": "code_execution_20250825", "tool_id": "srvtoolu_3"}, "toolset_name": "x"}
  ]'::jsonb as reply,
  '[
    {"type": "text", "text": "Here", "cache_control": {"type": "ephemeral"}},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}},
    {"type": "image", "source": {"type": "file", "file_id": "file_6"}},
    {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}},
    {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "x"}]},
    {"type": "tool_reference", "tool_name": "look"},
    {"type": "browser_state", "tabs": [{"id": 1, "active": true, "url": "u"}], "state_changes": [{"data": "x"}]}
  ]'::jsonb as output;

select remember('run', 'run', agentpg.create_run(session_id => session_id(), agent_id => agent_id(), content => g.prompt)) from given g;
select is(claim_one(), 'run');
select is(request_of() #> '{messages,0,content}', g.prompt, 'the prompt') from given g;
select is(answer((select reply_blocks(g.reply, 'tool_use') from given g)), 1);
select is(finish_tool('toolu_1', (select g.output from given g), claim_next => true), 'run');
select is(request_of() #> '{messages,1,content}', g.reply, 'the reply, each block in its place') from given g;
select is(request_of() #> '{messages,2,content,0,content}', g.output, 'the result') from given g;
select is((select t.input ->> 'n' from agentpg.run_tool_calls(run_id()) t), '12345678901234567890123456789', 'numbers keep their value');
select answer(reply_text('Done.'));

-- Strings are kept to the byte: composed and decomposed, beyond the basic plane, escapes, what looks like JSON, and long ones.
create temporary table texts as select * from (values
  (1, E'e\u0301 \u00e9 \u212b \U0001f469\u200d\U0001f4bb \U00010ffff'), (2, E'\\u0041 \\ \" / \b\f\n\r\t \u2028\u2029 \x7f\u0080'), (3, '{"a": 1.0e2}'),
  (4, E'\ufeffx\ufffd'), (5, repeat(E'a\U0001f469\u0301', 100000)), (6, E'<|x|>  \r\n  ')
) as t(n, said);
select remember('run', 'texts', agentpg.create_run(session_id => session_id(), agent_id => agent_id(), content =>
  (select jsonb_agg(text_block(t.said) order by t.n) || jsonb_agg(jsonb_build_object('type', 'document', 'source',
    jsonb_build_object('type', 'text', 'media_type', 'text/plain', 'data', t.said)) order by t.n) from texts t)));
select is(claim_one(), 'texts');
select is(
  (select count(*) from texts t where convert_to(request_of('texts') #>> array['messages', '4', 'content', (t.n - 1)::text, 'text'], 'UTF8') = convert_to(t.said, 'UTF8')),
  6::bigint, 'as text'
);
select is(
  (select count(*) from texts t where convert_to(request_of('texts') #>> array['messages', '4', 'content', (t.n + 5)::text, 'source', 'data'], 'UTF8') = convert_to(t.said, 'UTF8')),
  6::bigint, 'as data'
);
select is((select count(*) from agentpg.large_contents), 1::bigint, 'of which the long one is stored apart');
select is((select c.data = t.said from agentpg.large_contents c, texts t where t.n = 5), true);
select refused(format('select agentpg.create_run(session_id => %L, agent_id => %L, content => ''[{"type": "document", "source": {"type": "text", "data": "\u0000"}}]'')', session_id(), agent_id()), '22P05', '');
select is((select count(*) from agentpg.invariant_violations), 0::bigint);

select * from finish();
rollback;
