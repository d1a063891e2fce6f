-- Revert agentpg:registry/models from pg
begin;

drop table agentpg.server_tool_prices;
drop table agentpg.model_prices;
drop table agentpg.models;

commit;
