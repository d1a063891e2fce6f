begin;
select plan(8);

-- An image counts as it did when it stood in the message; text by its bytes.
create temporary table blocks as select b.name, b.block, agentpg._put_aside(jsonb_build_array(b.block), s.id, null) as stored
from (values
  ('image', image_block('cat', 200000)),
  ('text', jsonb_build_object('type', 'document', 'source', jsonb_build_object('type', 'text', 'media_type', 'text/plain', 'data', large_string('notes', 40000)))),
  ('fetched', jsonb_build_object('type', 'web_fetch_tool_result', 'tool_use_id', 'srvtoolu_1', 'content', pdf_block('paper', 9000)))
) as b(name, block), agentpg.create_session() s(id);
select is(
  abs(agentpg._estimated_tokens(b.stored) - agentpg._estimated_tokens(jsonb_build_array(b.block))) < 60, true,
  format('%s: %s tokens', b.name, agentpg._estimated_tokens(b.stored))
) from blocks b where b.name <> 'fetched';
select is(agentpg._estimated_tokens('[{"data": {"$agentpg_content": "x", "bytes": "1e400"}}, {"data": {"$agentpg_content": "x", "bytes": 1e400}}]'::jsonb) < 100000100, true, 'poses cost no more');

select is(references_in(agentpg._with_placeholders(jsonb_build_array(jsonb_build_object('type', 'tool_result', 'tool_use_id', 't', 'content', b.stored)))), 0, b.name || ' makes room')
from blocks b where b.name <> 'fetched';
select is(agentpg._rendered('user', b.stored), '[image]') from blocks b where b.name = 'image';
select matches(agentpg._rendered('assistant', b.stored), '"data": "\[9000 bytes\]"', 'the summarizer is told its size') from blocks b where b.name = 'fetched';
select is(agentpg._rendered('assistant', b.stored) ~ 'agentpg', false, 'and no reference') from blocks b where b.name = 'fetched';

select * from finish();
rollback;
