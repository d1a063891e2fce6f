-- Revert agentpg:conversation/import from pg
begin;

drop function agentpg.import_session(jsonb,boolean,jsonb);
drop function agentpg._check_ids_are_free(jsonb);

commit;
