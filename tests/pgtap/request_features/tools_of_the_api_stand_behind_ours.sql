begin;
select plan(15);

select given_instance('{lookup}');
select given_agent('Librarian');
create function pg_temp.agent(name text, config jsonb) returns uuid language sql as $$
  select remember('agent', name, (agentpg.create_agent(
    name => agent.name, model => 'claude-sonnet-4-5', tools => '{lookup}', agent_ids => array[agent_id('Librarian')], config => agent.config
  )).id)
$$;
create function pg_temp.tools(options jsonb default '{}', agent text default 'a') returns text language plpgsql as $$
begin
  delete from known k where k.kind in ('session', 'run');
  perform given_run(agent => agent, options => options);
  perform claim_one();
  return (
    select string_agg(coalesce(t.tool ->> 'name', t.tool ->> 'mcp_server_name'), ' ' order by t.place)
    from jsonb_array_elements(request_of() -> 'tools') with ordinality as t(tool, place)
  );
end
$$;
select pg_temp.agent('a', '{"server_tools": [{"type": "web_search_20260209", "name": "web_search"}, {"type": "code_execution_20260521", "name": "code_execution"}]}');
select is(pg_temp.tools(), 'lookup Librarian web_search code_execution', 'registered tools, delegates, tools of the API, each in the order given');
select is(pg_temp.tools('{"tools": []}'), 'web_search code_execution', 'option tools chooses among ours');
select is(pg_temp.tools('{"server_tools": [{"type": "web_fetch_20260209", "name": "web_fetch"}]}'), 'lookup Librarian web_fetch', 'option server_tools goes before the agent''s');
select is(pg_temp.tools('{"server_tools": []}'), 'lookup Librarian');

select pg_temp.agent('m', '{"mcp_servers": [{"type": "url", "url": "https://a.example", "name": "alpha"}, {"type": "url", "url": "https://b.example", "name": "beta"}],
  "server_tools": [{"type": "mcp_toolset", "mcp_server_name": "beta", "configs": {}}]}');
select is(pg_temp.tools(agent => 'm'), 'lookup Librarian beta alpha', 'an MCP server without a toolset gets one');
select is(request_of() -> 'betas', '["mcp-client-2025-11-20"]', 'and the beta feature that it needs');
select is(request_of() #> '{tools,3}', '{"type": "mcp_toolset", "mcp_server_name": "alpha"}');
select pg_temp.tools('{"betas": ["mcp-client-2026-09-15"]}', 'm');
select is(request_of() -> 'betas', '["mcp-client-2026-09-15"]', 'unless another version is named');

select is(
  (select jsonb_path_query_array(c.request, '$.tools[*].name') from agentpg.context_to_count(session_id()) c), '["lookup", "Librarian"]',
  'a context is counted without servers, and so without their toolsets'
);
select is(
  (agentpg.create_agent(name => 'n', model => 'm', config => '{"effort": null, "server_tools": null, "mcp_servers": null, "output_schema": null, "user_id": "u"}')).config,
  '{"user_id": "u"}', 'null is as left out'
);

select refused($$ select pg_temp.agent('x', '{"server_tools": [{"type": "web_search_20260209", "name": "lookup"}]}') $$, 'AP254', 'leave one');
select refused($$ select pg_temp.agent('x', '{"server_tools": [{"type": "web_search_20260209", "name": "Librarian"}]}') $$, 'AP254', 'leave one');
select refused($$ select pg_temp.tools('{"server_tools": [{"type": "memory_20250818", "name": "lookup"}]}') $$, 'AP254', 'leave one');
select agentpg.update_agent(agent_id('Librarian'), '{"name": "web_search"}');
select refused($$ select pg_temp.tools() $$, 'AP254', 'leave one');
select is(
  (select count(*) from agentpg.tool_executions), 0::bigint, 'no call of any of them is ours to make'
);

select * from finish();
rollback;
