begin;
select plan(7);

select given_instance();
select refused(format('select agentpg.heartbeat(%L, %s)', instance_id(), h.held), 'AP100', '')
from (values ('null'), ('''{}'''), ('''"x"'''), ('''[{"run_id": "not a uuid", "lease_token": "x"}]'''), ('''[{"tool_execution_id": 3}]''')) as h(held);
select refused(format('select agentpg.heartbeat(%L)', agentpg._uuid_v7()), 'AP007', 'register_instance');
select is(agentpg.heartbeat(instance_id()) -> 'lost', '[]', 'holding nothing is fine');

select * from finish();
rollback;
