begin;
select plan(25);

select given_instance('{look}');
select given_agent(tools => '{look}');
select given_run();
select claim_one();
select answer(reply_tool_uses(tool_use_block('t1', 'look'), tool_use_block('t2', 'look')));
create function pg_temp.completing(output text) returns text language sql as
$$ select format('select * from agentpg.complete_tool(%L, %L, %L)', tool_execution_id('t1'), tool_lease('t1'), output) $$;

select refused(pg_temp.completing(o.output), 'AP250')
from (values
  ('[{"type": "text", "text": "x"}, {"type": "image", "source": {"type": "base64", "data": "eA=="}}]'),
  ('[{"type": "image", "source": {"type": "base64", "media_type": "image/tiff", "data": "eA=="}}]'),
  ('[{"type": "document", "source": {"type": "base64", "media_type": "text/plain", "data": "eA=="}}]'),
  ('[{"type": "text", "text": "x", "annotations": null}]'),
  ('[{"type": "image", "source": {"type": "url", "url": "u", "media_type": "image/png"}}]'),
  ('[{"type": "browser_state"}]'), ('[{"type": "browser_state", "tabs": [3]}]'), ('[{"type": "browser_state", "tabs": [{"active": false}]}]'),
  ('[{"type": "browser_state", "tabs": [], "state_changes": []}]'), ('[{"type": "browser_state", "tabs": []}, {"type": "browser_state", "tabs": []}]'),
  ('[{"type": "text", "text": "x", "citations": [{}]}]'),
  ('[{"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": " "}]}]')
) as o(output);
select is(ids_in_error(pg_temp.completing('[{"type": "text", "text": "x"}, {"type": "image", "source": {}}]')), '{"block": 1}');
select throws_ok(
  pg_temp.completing('[{"type": "text", "text": "x"}, {"type": "document", "source": {"type": "content", "content": [{"type": "image", "source": {"type": "url"}}]}}]'),
  'AP250', 'content block 1, content 0 is a block of type image whose source of type url has no url', 'the place is told down to the block within the block'
);
select is((select t.state::text from agentpg.run_tool_calls(run_id()) t where t.tool_use_id = 't1'), 'running', 'the call is still held');
select agentpg.fail_tool(tool_execution_id('t1'), tool_lease('t1'), 'The result of the tool could not be stored: content block 1 has no media_type', 'discard');
select is((select t.state::text from agentpg.run_tool_calls(run_id()) t where t.tool_use_id = 't1'), 'failed', 'and its worker says so to the model');

-- A stale worker is told that it is stale, whatever it brings; what is repeated is not judged again.
select refused(pg_temp.completing('[{"type": "image", "source": {}}]'), 'AP210');
select is(finish_tool('t2', '[{"type": "text", "text": " "}, {"type": "image", "source": {"type": "url", "url": "u"}}, {"type": "browser_state", "tabs": []}]', claim_next => true), 'run');
select lives_ok(format('select * from agentpg.complete_tool(%L, %L, %L)', tool_execution_id('t2'), tool_lease('t2'), '[{"type": "image", "source": {}}]'));
select is(request_of() #> '{messages,2,content,1,content}', '[{"type": "image", "source": {"type": "url", "url": "u"}}, {"type": "browser_state", "tabs": []}]');

-- An error holds text alone, and some.
select answer(reply_tool_uses(tool_use_block('t3', 'look'), tool_use_block('t4', 'look'), tool_use_block('t5', 'look')));
select finish_tool('t3', '""', is_error => true);
select finish_tool('t4', '[{"type": "text", "text": "It broke:"}, {"type": "image", "source": {"type": "url", "url": "u"}}]', is_error => true);
select is(finish_tool('t5', '""', claim_next => true), 'run');
select is(
  request_of() #> '{messages,4,content}',
  '[
    {"type": "tool_result", "tool_use_id": "t3", "is_error": true, "content": "The tool failed without a message."},
    {"type": "tool_result", "tool_use_id": "t4", "is_error": true, "content": [
      {"type": "text", "text": "It broke:"}, {"type": "text", "text": "[left out: a block of type image; an error is told in text alone]"}
    ]},
    {"type": "tool_result", "tool_use_id": "t5"}
  ]'
);
select is((select count(*) from agentpg.invariant_violations v), 0::bigint);
select answer(reply_text('Done.'));
select is(state_of(), 'completed');
select is((select t.output from agentpg.run_tool_calls(run_id()) t where t.tool_use_id = 't3'), 'The tool failed without a message.');

select * from finish();
rollback;
