-- Revert agentpg:registry/instances from pg
begin;

drop table agentpg.instance_tools;
drop table agentpg.instances;

commit;
