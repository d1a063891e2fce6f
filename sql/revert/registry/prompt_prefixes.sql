-- Revert agentpg:registry/prompt_prefixes from pg
begin;

drop table agentpg.prompt_prefixes;

commit;
