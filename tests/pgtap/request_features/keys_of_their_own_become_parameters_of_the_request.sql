begin;
select plan(5);

select agentpg.create_agent(name => 'a', model => 'claude-sonnet-4-6', config => '{
  "thinking": {"type": "enabled", "budget_tokens": 2048}, "effort": "medium", "tool_choice": {"type": "auto"}, "stop_sequences": ["END"], "user_id": "u-7",
  "service_tier": "standard_only", "speed": "fast", "betas": ["fast-mode-2026-02-01"], "server_tools": [{"type": "web_search_20260209", "name": "web_search"}],
  "output_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}');
select remember('agent', 'a', (agentpg.find_agent('a')).id);
create function pg_temp.request(options jsonb) returns jsonb language plpgsql as $$
begin
  delete from known k where k.kind in ('session', 'run');
  perform given_run(agent => 'a', options => options);
  perform claim_one();
  return request_of() - array['messages', 'model', 'max_tokens', 'cache_control'];
end
$$;
select given_instance();

select is(pg_temp.request('{}'), '{
  "thinking": {"type": "enabled", "budget_tokens": 2048}, "tool_choice": {"type": "auto"}, "stop_sequences": ["END"], "metadata": {"user_id": "u-7"},
  "service_tier": "standard_only", "speed": "fast", "betas": ["fast-mode-2026-02-01"], "tools": [{"type": "web_search_20260209", "name": "web_search"}],
  "output_config": {"effort": "medium", "format": {"type": "json_schema", "schema":
    {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": false}}}}', 'as the agent has it');
select is(pg_temp.request('{"effort": "low", "user_id": "u-8"}') -> 'output_config', '{"effort": "low", "format": {"type": "json_schema", "schema":
    {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": false}}}', 'an option takes the place of its own key and no other');
select is(
  pg_temp.request('{
    "thinking": {"type": "disabled"}, "stop_sequences": ["STOP"], "user_id": "u-8", "service_tier": "auto", "speed": "standard", "server_tools": [],
    "betas": ["files-api-2025-04-14", "fast-mode-2026-02-01"], "tool_choice": {"type": "none"}, "output_schema": {"type": "string"}}'),
  '{"thinking": {"type": "disabled"}, "stop_sequences": ["STOP"], "metadata": {"user_id": "u-8"}, "service_tier": "auto", "speed": "standard",
    "betas": ["fast-mode-2026-02-01", "files-api-2025-04-14"], "tool_choice": {"type": "none"},
    "output_config": {"effort": "medium", "format": {"type": "json_schema", "schema": {"type": "string"}}}}',
  'each of them may be an option; betas add up'
);
select is(pg_temp.request('{"effort": null, "output_schema": null, "thinking": null}'), pg_temp.request('{}'), 'null is as left out');
select is((select p.output_repairs from agentpg.prompt_prefixes p join agentpg.runs r on r.prefix_id = p.id where r.id = run_id()), 1::smallint, 'one repair by default');

select * from finish();
rollback;
