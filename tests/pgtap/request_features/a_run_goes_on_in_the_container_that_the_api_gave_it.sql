begin;
select plan(8);

select given_instance('{lookup}');
select agentpg.create_agent(name => 'a', model => 'claude-sonnet-4-5', tools => '{lookup}', config => '{"server_tools": [{"type": "code_execution_20260521", "name": "code_execution"}]}');
select remember('agent', 'a', (agentpg.find_agent('a')).id);
create function pg_temp.by_code(container jsonb) returns jsonb language sql as $$
  select reply_blocks('[
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "code_execution", "input": {"code": "lookup()"}},
    {"type": "tool_use", "id": "toolu_1", "name": "lookup", "input": {}, "caller": {"type": "code_execution_20260521", "tool_id": "srvtoolu_1"}}
  ]', 'tool_use', extra => jsonb_build_object('container', container))
$$;
select given_run(agent => 'a');
select claim_one();
select is(request_of() ? 'container', false);
select is(answer(pg_temp.by_code(jsonb_build_object('id', 'container_1', 'expires_at', agentpg.now() + interval '1 minute'))), 1, 'a call that code made is ours to answer, the code is not');
select is((select string_agg(e.tool_name, ' ') from agentpg.tool_executions e), 'lookup');
select finish_tool('toolu_1', '"found"', claim_next => true);
select is(request_of() -> 'container', '"container_1"', 'the result goes to where the code waits');
select is(request_of() #>> '{messages,2,content,0,tool_use_id}', 'toolu_1');
select is(jsonb_array_length(request_of() #> '{messages,2,content}'), 1, 'with nothing beside it');

select advance('2 minutes');
select is(agentpg._build_request(r) ? 'container', false, 'one that has expired is not asked for') from agentpg.runs r where r.id = run_id();
select is(
  agentpg._with_container('{"container": {"skills": [{"type": "anthropic", "skill_id": "pdf"}]}}', '{"id": "container_2", "expires_at": "soon"}'),
  '{"container": {"id": "container_2", "skills": [{"type": "anthropic", "skill_id": "pdf"}]}}', 'skills stay'
);

select * from finish();
rollback;
