begin;
select plan(15);

select is(agentpg._tool_content(o.output::jsonb), o.content::jsonb, coalesce(o.output, 'null'))
from (values
  ('"plain"', '"plain"'), ('""', '""'), ('null', '""'), (null, '""'), ('3', '"3"'), ('1.10', '"1.10"'), ('true', '"true"'),
  ('{"a": [1, 2]}', '"{\"a\": [1, 2]}"'), ('[]', '"[]"'), ('[1, "two"]', '"[1, \"two\"]"'), ('{"type": "text", "text": "x"}', '"{\"text\": \"x\", \"type\": \"text\"}"'),
  ('[{"type": "text", "text": "x"}]', '[{"type": "text", "text": "x"}]'),
  ('[{"type": "text", "text": "x"}, {"type": "image", "source": {"type": "url", "url": "u"}}]', '[{"type": "text", "text": "x"}, {"type": "image", "source": {"type": "url", "url": "u"}}]'),
  ('[{"type": "text", "text": "x"}, 3]', '"[{\"text\": \"x\", \"type\": \"text\"}, 3]"'),
  ('[{"type": 3}]', '"[{\"type\": 3}]"')
) as o(output, content);

select * from finish();
rollback;
