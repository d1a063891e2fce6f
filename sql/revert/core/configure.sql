-- Revert agentpg:core/configure from pg
begin;

drop function agentpg.configure(jsonb);

commit;
