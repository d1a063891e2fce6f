-- Revert agentpg:registry/upsert_models from pg
begin;

drop function agentpg.export_models(text);
drop function agentpg.upsert_models(jsonb);

commit;
