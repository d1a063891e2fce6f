begin;
select plan(13);

select given_instance('{lookup}');
select given_instance(name => 'new');
update agentpg.instances set fenced_at = agentpg.now() where id = instance_id();
select given_run();
select refused(format(c.call, instance_id()), 'AP211', 'register again')
from (values
  ('select agentpg.heartbeat(%L)'), ('select * from agentpg.claim_runs(%L)'), ('select * from agentpg.claim_tool_executions(%L)'),
  ('select agentpg.register_tools(%L, ''[]'')'), ('select agentpg.run_maintenance(%L)')
) as c(call);
select refused(format(c.call, 'null'), 'AP007', 'register_instance')
from (values
  ('select agentpg.heartbeat(%s)'), ('select * from agentpg.claim_runs(%s)'), ('select * from agentpg.claim_tool_executions(%s)')
) as c(call);
select refused(format(c.call, agentpg._uuid_v7()), 'AP007', 'register_instance')
from (values
  ('select agentpg.heartbeat(%L)'), ('select * from agentpg.claim_runs(%L)'), ('select * from agentpg.claim_tool_executions(%L)'),
  ('select agentpg.run_maintenance(%L)')
) as c(call);
select lives_ok(format('select agentpg.deregister_instance(%L)', agentpg._uuid_v7()), 'to leave twice is harmless');

select * from finish();
rollback;
