begin;
select plan(12);

select given_instance('{lookup,search,sum}');
select agentpg.create_agent(name => 'a', model => 'claude-sonnet-5', system_prompt => 'Be brief.', tools => '{search,lookup,sum}', config => '{"request": {"thinking": {"type": "adaptive"}}}');
select remember('agent', 'a', (agentpg.find_agent('a')).id);
create function pg_temp.request(options jsonb) returns jsonb language plpgsql as $$
begin
  delete from known k where k.kind in ('session', 'run');
  perform given_run(agent => 'a', options => options);
  perform claim_one();
  return request_of();
end
$$;
select is(pg_temp.request('{}') ->> 'system', 'Be brief.');
select is(pg_temp.request('{"override_instructions": "Be long."}') ->> 'system', 'Be long.');
select is(pg_temp.request('{"append_instructions": "Be kind."}') ->> 'system', E'Be brief.\n\nBe kind.');
select is(pg_temp.request('{"override_instructions": "A.", "append_instructions": "B."}') ->> 'system', 'A.', 'an override is the whole');
select is(pg_temp.request('{"tools": ["sum", "search"]}') #>> '{tools,0,name}', 'search', 'a subset keeps the order of the agent');
select is(jsonb_array_length(pg_temp.request('{"tools": ["sum", "search"]}') -> 'tools'), 2);
select is(pg_temp.request('{"tools": []}') ? 'tools', false, 'no tools at all');
select is(pg_temp.request('{"tool_choice": {"type": "tool", "name": "sum"}}') -> 'tool_choice', '{"type": "tool", "name": "sum"}');
select is(pg_temp.request('{"model": "claude-opus-5"}') ->> 'model', 'claude-opus-5');
select is(
  pg_temp.request('{"request": {"thinking": {"type": "disabled"}, "stop_sequences": ["END"], "max_tokens": 9, "future": null}}') - array['messages', 'tools'],
  '{"model": "claude-sonnet-5", "system": "Be brief.", "max_tokens": 9, "cache_control": {"type": "ephemeral"},
    "thinking": {"type": "disabled"}, "stop_sequences": ["END"], "future": null}',
  'parameters go through as they are, over those of the agent'
);
select is(pg_temp.request('{"override_instructions": null, "model": null, "tools": null}') ->> 'system', 'Be brief.', 'null is as left out');
select is((select q.model from agentpg.queues q join agentpg.runs r on r.queue_id = q.id where r.id = run_id()), 'claude-sonnet-5');

select * from finish();
rollback;
