begin;
select plan(10);

select given_agent('Web Researcher (v2)!');
select given_agent('web');
select given_agent('日本');
select given_agent('調査');
select given_agent(repeat('x', 255));
select given_agent(repeat('x', 254) || 'y');
select given_agent('a b');
select given_agent('a_b');
select given_manager(delegates => array['Web Researcher (v2)!', '日本', '調査', repeat('x', 255), repeat('x', 254) || 'y', 'a b', 'a_b', 'web']);
select is(tool_names_of(), array['Web_Researcher_v2', 'agent', 'agent_2', repeat('x', 64), repeat('x', 62) || '_2', 'a_b', 'a_b_2', 'web']);
select ok(bool_and(n.name ~ '^[a-zA-Z0-9_-]{1,64}$'), 'every name is one that the API takes') from unnest(tool_names_of()) as n(name);

-- A tool of the same name keeps it: the delegate gives way.
select given_tools('{web}');
select given_manager('taken', '{web}', '{web}');
select is(tool_names_of('taken'), '{web,web_2}');
select is((select p.delegates from agentpg.prompt_prefixes p join agentpg.agents a on a.prefix_id = p.id where a.id = agent_id('taken')),
  jsonb_build_object('web_2', agent_id('web')));

-- What it says of itself.
select is((select p.body #> '{tools,0}' from agentpg.prompt_prefixes p join agentpg.agents a on a.prefix_id = p.id where a.id = agent_id('manager')) - 'input_schema',
  '{"name": "Web_Researcher_v2", "description": "Gives a task to the agent Web Researcher (v2)! and returns its answer."}');
select is((select p.body #>> '{tools,0,input_schema,required}' from agentpg.prompt_prefixes p join agentpg.agents a on a.prefix_id = p.id where a.id = agent_id('manager')), '["task"]');
select agentpg.update_agent(agent_id('web'), '{"description": "Knows the web."}');
select is((select p.body #>> '{tools,7,description}' from agentpg.prompt_prefixes p join agentpg.agents a on a.prefix_id = p.id where a.id = agent_id('manager')), 'Knows the web.');

-- A run may be given some of them.
select given_run(agent => 'manager', options => '{"tools": ["agent_2", "web"]}');
select is((select p.tool_names from agentpg.prompt_prefixes p join agentpg.runs r on r.prefix_id = p.id where r.id = run_id()), '{agent_2,web}');
select refused($$ select agentpg.create_run(session_id(), agent_id('manager'), 'Hi', options => '{"tools": ["nobody"]}') $$, 'AP111', 'agent_2');
select all_is_well();

select * from finish();
rollback;
