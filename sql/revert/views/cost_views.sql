-- Revert agentpg:views/cost_views from pg
begin;

drop view agentpg.cost_by_day;
drop view agentpg.cost_by_tenant;
drop view agentpg.cost_by_agent;
drop view agentpg.cost_by_session;
drop view agentpg.cost_by_tree;
drop view agentpg.cost_by_run;
drop view agentpg.cost_by_iteration;
drop view agentpg._usage;

commit;
