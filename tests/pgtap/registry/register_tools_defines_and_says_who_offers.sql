begin;
select plan(9);

select given_instance();
select is(agentpg.register_tools(instance_id(), '[
  {"name": "a", "description": "A.", "input_schema": {"type": "object"}, "strict": true, "max_attempts": 4, "timeout_seconds": 2.5, "retry_jitter": 0.2},
  {"name": "b", "input_schema": {"type": "object", "properties": {"x": {"default": null}}}}
]'), 2, 'how many');
select results_eq('select name, max_attempts, timeout, retry_jitter from agentpg.tools order by 1',
  $$ values ('a', 4, interval '2.5 seconds', 0.2), ('b', null, null, null) $$, 'the retry policy is kept apart');
select results_eq('select definition from agentpg.tools order by name',
  $$ values ('{"name": "a", "description": "A.", "input_schema": {"type": "object"}, "strict": true}'::jsonb),
            ('{"name": "b", "input_schema": {"type": "object", "properties": {"x": {"default": null}}}}') $$,
  'what goes to the API is the definition, other keys included');
select results_eq('select tool_name from agentpg.instance_tools order by 1', $$ values ('a'), ('b') $$);
select is(agentpg.register_tools(null, '[{"name": "c", "input_schema": {"type": "object"}}]'), 1, 'a null instance only defines');
select results_eq('select tool_name from agentpg.instance_tools order by 1', $$ values ('a'), ('b') $$, 'nobody offers it');
select is(agentpg.register_tools(instance_id(), '[{"name": "a", "description": "First.", "input_schema": {"type": "object"}},
  {"name": "a", "description": "Last.", "input_schema": {"type": "object"}}]'), 2, 'a name may come twice');
select is((select t.definition ->> 'description' from agentpg.tools t where t.name = 'a'), 'Last.', 'the last one wins');
select is(agentpg.register_tools(instance_id(), '[]'), 0, 'none is none');

select * from finish();
rollback;
