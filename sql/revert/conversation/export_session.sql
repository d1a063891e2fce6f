-- Revert agentpg:conversation/export_session from pg
begin;

drop function agentpg._exported_session(agentpg.sessions,bigint,uuid[]);
drop function agentpg._exported_compactions(uuid);
drop function agentpg._exported_run(uuid);
drop function agentpg._exported_messages(uuid,bigint);
drop function agentpg._without_secrets(jsonb);

commit;
