begin;
select plan(7);

create temporary table blocks as select * from (values
  ('{"type": "text", "text": "x", "tone": "calm"}'::jsonb), ('{"type": "image", "source": {"type": "s3", "uri": "x"}}'),
  ('{"type": "image", "source": {"type": "base64", "media_type": "image/avif", "data": "eA=="}}')
) as b(block);
select isnt(agentpg._block_problem(b.block, 'it'), null, 'refused today') from blocks b;
select agentpg.configure('{"extra_block_names": ["tone", "s3", "image/avif"]}');
select is(agentpg._block_problem(b.block, 'it'), null, 'taken from then on') from blocks b;
select refused($$ select agentpg.configure('{"extra_block_names": ["tone", null]}') $$, 'AP116');

select * from finish();
rollback;
