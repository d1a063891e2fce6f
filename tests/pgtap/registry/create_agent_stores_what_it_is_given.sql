begin;
select plan(8);

select given_instance('{lookup,search}');
create temporary table made as
select * from agentpg.create_agent(
  name => 'helper', model => 'claude-sonnet-5', system_prompt => 'Be brief.', tools => '{search,lookup}',
  description => 'Helps.', max_tokens => 100, metadata => '{"tenant_id": "acme", "team": 1}',
  config => '{"max_iterations": 7, "request": {"thinking": {"type": "adaptive"}}}'
);
select is(
  (select row(m.name, m.model, m.system_prompt, m.tools, m.description, m.max_tokens, m.tenant_id, m.version)::text from made m),
  '(helper,claude-sonnet-5,"Be brief.","{search,lookup}",Helps.,100,acme,1)'
);
select is((select m.metadata from made m), '{"tenant_id": "acme", "team": 1}');
select is((select m.config #>> '{request,thinking,type}' from made m), 'adaptive');
select isnt((select m.prefix_id from made m), null, 'its prefix is ready');
select results_eq('select * from made', $$ select * from agentpg.get_agent((select m.id from made m)) $$, 'get_agent gives the same');
select is((agentpg.create_agent(name => 'plain', model => 'claude-sonnet-5')).max_tokens, null::integer, 'no max_tokens means the default');
select is(
  (select p.body -> 'max_tokens' from agentpg.agents a join agentpg.prompt_prefixes p on p.id = a.prefix_id where a.name = 'plain'),
  '4096', 'of the settings'
);
select is((agentpg.create_agent(name => 'new model', model => 'claude-of-2031', temperature => 0.5)).model, 'claude-of-2031', 'an unknown model is allowed, and not judged');

select * from finish();
rollback;
