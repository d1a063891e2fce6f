-- Verify agentpg:registry/known_models on pg
begin;

select 1 / count(*) from agentpg.models;
select 1 / count(*) from agentpg.model_prices;

rollback;
