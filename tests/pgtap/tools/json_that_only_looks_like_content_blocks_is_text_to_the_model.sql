begin;
select plan(10);

select is(agentpg._tool_content(o.output::jsonb), to_jsonb(o.output::jsonb::text), o.output)
from (values
  ('[{"type": "user", "name": "Ann"}]'), ('[{"type": "text"}]'), ('[{"type": "text", "text": 3}]'), ('[{"type": "image", "url": "x"}]'),
  ('[{"type": "tool_use", "id": "x"}]'), ('[{"type": "text", "text": "x"}, {"type": "order", "n": 1}]')
) as o(output);
select is(agentpg._tool_content(o.output::jsonb), o.output::jsonb, o.output)
from (values
  ('[{"type": "document", "source": {"type": "text", "data": "x"}, "title": "t"}]'), ('[{"type": "search_result", "source": "s", "title": "t", "content": []}]'),
  ('[{"type": "tool_reference", "tool_name": "x"}]'), ('[{"type": "browser_state"}]')
) as o(output);

select * from finish();
rollback;
