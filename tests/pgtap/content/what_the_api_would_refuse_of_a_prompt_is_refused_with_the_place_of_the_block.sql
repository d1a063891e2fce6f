begin;
select plan(62);

select given_agent();
select given_session();
create function pg_temp.message_of(statement text) returns text language plpgsql as $$
begin execute statement; return 'not refused'; exception when sqlstate 'AP103' or sqlstate 'AP250' then return sqlerrm; end $$;
create function pg_temp.asking(block jsonb) returns text language sql as
$$ select format('select agentpg.create_run(session_id => %L, agent_id => %L, content => %L)', session_id(), agent_id(),
  jsonb_build_array(text_block('Look.'), block)) $$;
create temporary table before as select everything() as all_rows;

select is(pg_temp.message_of(pg_temp.asking(b.block::jsonb)), 'content block 1' || b.problem, b.problem)
from (values
  ('"x"', ' is not an object'),
  ('null', ' is not an object'),
  ('{"text": "x"}', ' has no type'),
  ('{"type": 3}', ' has no type'),
  ('{"type": "text"}', ' is a text block without text'),
  ('{"type": "text", "text": ""}', ' is an empty text block'),
  ('{"type": "text", "text": " \n\t"}', ' is an empty text block'),
  ('{"type": "text", "text": "\u00a0\u3000"}', ' is an empty text block'),
  ('{"type": "text", "text": "x", "citations": [{"type": "char_location"}]}', ' is a text block with citations, which only the model writes'),
  ('{"type": "text", "text": "x", "cache_controll": {}}', ' has keys that the API does not take in a block of type text: cache_controll'),
  ('{"type": "text", "text": "x", "cache_control": {"type": "permanent"}}', ' has a cache_control that is not of type ephemeral'),
  ('{"type": "text", "text": "x", "cache_control": true}', ' has a cache_control that is not of type ephemeral'),
  ('{"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "2h"}}', ' has a cache_control with ttl "2h"; the API takes 5m and 1h'),
  ('{"type": "image"}', ' is a block of type image without a source object'),
  ('{"type": "image", "source": "x"}', ' is a block of type image without a source object'),
  ('{"type": "image", "source": {"data": "x"}}', ' is a block of type image whose source has no type'),
  ('{"type": "image", "source": {"type": "base46", "data": "x"}}', ' is a block of type image whose source has type base46; the API takes base64, url and file'),
  ('{"type": "image", "source": {"type": "text", "data": "x"}}', ' is a block of type image whose source has type text; the API takes base64, url and file'),
  ('{"type": "image", "source": {"type": "base64", "media_type": "image/png"}}', ' is a block of type image whose source of type base64 has no data'),
  ('{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": ""}}', ' is a block of type image whose source of type base64 has no data'),
  ('{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": {"x": 1}}}', ' is a block of type image whose source of type base64 has no data'),
  ('{"type": "image", "source": {"type": "base64", "data": "eA=="}}', ' is a block of type image whose source has no media_type'),
  ('{"type": "image", "source": {"type": "base64", "media_type": "image/tiff", "data": "eA=="}}', ' is a block of type image whose source has media_type image/tiff; the API takes image/jpeg, image/png, image/gif, image/webp'),
  ('{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "data:image/png;base64,eA=="}}', ' is a block of type image whose data begin with data:; the API takes the base64 alone'),
  ('{"type": "image", "source": {"type": "url"}}', ' is a block of type image whose source of type url has no url'),
  ('{"type": "image", "source": {"type": "file", "id": "x"}}', ' is a block of type image whose source of type file has no file_id'),
  ('{"type": "image", "source": {"type": "url", "url": "u"}, "alt": "a cat"}', ' has keys that the API does not take in a block of type image: alt'),
  ('{"type": "document", "source": {"type": "base64", "media_type": "text/plain", "data": "eA=="}}', ' is a block of type document whose source has media_type text/plain; the API takes application/pdf'),
  ('{"type": "document", "source": {"type": "text", "media_type": "text/markdown", "data": "x"}}', ' is a block of type document whose source has media_type text/markdown; the API takes text/plain'),
  ('{"type": "document", "source": {"type": "text", "data": "x"}}', ' is a block of type document whose source has no media_type'),
  ('{"type": "document", "source": {"type": "content"}}', ' is a block of type document whose source of type content has no content'),
  ('{"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "x"}, {"type": "text", "text": ""}]}}', ', content 1 is an empty text block'),
  ('{"type": "document", "source": {"type": "content", "content": [{"type": "image", "source": {"type": "base64"}}]}}', ', content 0 is a block of type image whose source of type base64 has no data'),
  ('{"type": "document", "source": {"type": "content", "content": [{"type": "document", "source": {}}]}}', ', content 0 has type document, which may not stand in a document'),
  ('{"type": "image", "source": {"type": "url", "url": "u", "media_type": "image/png"}}', ' is a block of type image whose source of type url has keys that the API does not take: media_type'),
  ('{"type": "document", "source": {"type": "content", "content": "x", "data": "y"}}', ' is a block of type document whose source of type content has keys that the API does not take: data'),
  ('{"type": "document", "source": {"type": "url", "url": "u"}, "title": 3}', ' has a title that is not a text'),
  ('{"type": "document", "source": {"type": "url", "url": "u"}, "context": ["x"]}', ' has a context that is not a text'),
  ('{"type": "document", "source": {"type": "url", "url": "u"}, "citations": true}', ' has citations that are not an object such as {"enabled": true}'),
  ('{"type": "search_result", "title": "t", "content": []}', ' is a search result without a source'),
  ('{"type": "search_result", "source": "s", "content": []}', ' is a search result without a title'),
  ('{"type": "search_result", "source": "s", "title": "t"}', ' is a search result without an array of content'),
  ('{"type": "search_result", "source": "s", "title": "t", "content": [{"type": "image", "source": {"type": "url", "url": "u"}}]}', ', content 0 has type image, which may not stand in a search result'),
  ('{"type": "container_upload"}', ' is a container upload without a file_id'),
  ('{"type": "tool_use", "id": "x", "name": "y", "input": {}}', ' has type tool_use, which only the engine and the model write'),
  ('{"type": "tool_result", "tool_use_id": "x"}', ' has type tool_result, which only the engine and the model write'),
  ('{"type": "thinking", "thinking": "x", "signature": "y"}', ' has type thinking, which only the engine and the model write'),
  ('{"type": "redacted_thinking", "data": "x"}', ' has type redacted_thinking, which only the engine and the model write'),
  ('{"type": "server_tool_use", "id": "x", "name": "web_search", "input": {}}', ' has type server_tool_use, which only the engine and the model write'),
  ('{"type": "web_search_tool_result", "tool_use_id": "x", "content": []}', ' has type web_search_tool_result, which only the engine and the model write'),
  ('{"type": "compaction", "content": "x"}', ' has type compaction, which only the engine and the model write'),
  ('{"type": "tool_addition"}', ' has type tool_addition, which stands in system messages alone'),
  ('{"type": "tool_reference", "tool_name": "x"}', ' has type tool_reference, which stands in the result of a tool alone'),
  ('{"type": "browser_state"}', ' has type browser_state, which stands in the result of a tool alone')
) as b(block, problem);

select is(ids_in_error(pg_temp.asking('{"type": "image"}')), '{"block": 1}', 'the details name the block');
select is(
  pg_temp.message_of(format('select agentpg.create_run(session_id => %L, agent_id => %L, content => %L)', session_id(), agent_id(),
    (select jsonb_agg(text_block(n::text) || '{"cache_control": {"type": "ephemeral"}}') from generate_series(1, 5) n))),
  'content has 5 cache_control marks; the API takes 4 in a request'
);
select is(everything(), (select b.all_rows from before b), 'nothing was written');

-- All of what the API takes passes, and so does what nobody knows yet.
select lives_ok(pg_temp.asking(b.block::jsonb), left(b.block, 60))
from (values
  ('{"type": "text", "text": "x", "citations": null, "cache_control": null}'),
  ('{"type": "document", "title": null, "context": "c", "citations": {"enabled": true}, "source": {"type": "content", "content": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "1h"}}, {"type": "image", "source": {"type": "file", "file_id": "file_1"}}]}}'),
  ('{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}'),
  ('{"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "x"}], "citations": {"enabled": true}}'),
  ('{"type": "hologram", "source": {"type": "beam"}, "content": [{"type": "text", "text": ""}]}')
) as b(block);

select * from finish();
rollback;
