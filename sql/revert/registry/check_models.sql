-- Revert agentpg:registry/check_models from pg
begin;

drop function agentpg._check_models(jsonb);
drop function agentpg._check_model_entry(jsonb,text,text);
drop function agentpg._misfit(jsonb,text);
drop function agentpg._model_keys(text);
drop function agentpg._new_model();

commit;
