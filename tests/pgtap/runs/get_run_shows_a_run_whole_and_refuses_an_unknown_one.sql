begin;
select plan(6);

select given_run('run', 'Hello?', options => '{"append_instructions": "Be kind."}');
select is((select row(r.agent_name, r.depth, r.parent_run_id, r.turn, r.model, r.options, r.variables, r.metadata, r.response_text)::text from agentpg.get_run(run_id()) r),
  row('assistant', 0, null, 1, 'claude-sonnet-4-5', '{"append_instructions": "Be kind."}'::jsonb, '{}'::jsonb, '{}'::jsonb, null)::text);
select results_eq('select * from agentpg.get_run(run_id())', 'select * from agentpg.run_details where id = run_id()', 'as the view has it');
select refused(format('select %s(%L)', f.name, agentpg._uuid_v7()), 'AP003', 'commit')
from unnest('{agentpg.get_run,agentpg.run_tool_calls,agentpg.run_iterations}'::text[]) as f(name);
select refused('select agentpg.get_run(null)', 'AP003');

select * from finish();
rollback;
