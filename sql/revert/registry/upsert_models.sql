-- Revert agentpg:registry/upsert_models from pg
begin;

drop function agentpg.upsert_models(jsonb);

commit;
