-- Revert agentpg:registry/known_models from pg
begin;

delete from agentpg.server_tool_prices;
delete from agentpg.model_prices;
delete from agentpg.models;

commit;
