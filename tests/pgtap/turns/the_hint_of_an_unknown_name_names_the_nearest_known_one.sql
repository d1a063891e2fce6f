begin;
select plan(18);

select is(agentpg._edit_distance(e.one, e.other), e.wanted, format('%L to %L', e.one, e.other))
from (values ('', '', 0), ('', 'abc', 3), ('kitten', 'sitting', 3), ('same', 'same', 0), ('max_iteration', 'max_iterations', 1)) as e(one, other, wanted);
select is(agentpg._nearest_name(n.name, '{variables,tools,tool_choice,max_iterations,max_continuations}'), n.wanted, n.name)
from (values
  ('max_iteration', 'max_iterations'), ('iterations', 'max_iterations'), ('Max-Iterations', 'max_iterations'), ('tool', 'tools'),
  ('varables', 'variables'), ('zzz', null), ('', null)
) as n(name, wanted);

select given_run();
select refused(format('select agentpg.create_run(%L, %L, ''x'', options => ''{"max_iteration": 3, "varables": {}}'')', session_id(), agent_id()),
  'AP101', 'did you mean max_iterations instead of max_iteration\? did you mean variables instead of varables\? known options: variables');
select refused('select agentpg.create_agent(name => ''n'', model => ''m'', config => ''{"prompt_cashing": true}'')', 'AP113', 'did you mean prompt_caching');
select refused(format('select agentpg.update_agent(%L, ''{"system": "x"}'')', agent_id()), 'AP100', 'did you mean system_prompt');
select refused('select agentpg.configure(''{"lease_time": "1 minute"}'')', 'AP116', 'did you mean lease_ttl');
select refused(format('select agentpg.update_session(%L, ''{"meta": {}}'')', session_id()), 'AP100', 'did you mean metadata');
select refused(format('select agentpg.update_session(%L, ''{"zzzzzzzzz": {}}'')', session_id()), 'AP100', '^known fields: metadata, on_busy, compaction$');

select * from finish();
rollback;
