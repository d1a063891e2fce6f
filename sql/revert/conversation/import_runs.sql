-- Revert agentpg:conversation/import_runs from pg
begin;

drop function agentpg._import_calls(agentpg.import_context,jsonb);
drop function agentpg._import_runs(agentpg.import_context,jsonb);
drop function agentpg._import_messages(agentpg.import_context,jsonb);
drop function agentpg._imported_id(uuid,text);
drop type agentpg.import_context;

commit;
