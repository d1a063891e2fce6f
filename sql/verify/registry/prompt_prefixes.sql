-- Verify agentpg:registry/prompt_prefixes on pg
begin;

select id, model, body, tool_names, delegates, tenant_id, output_repairs
from agentpg.prompt_prefixes
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'prompt_prefixes_insert_only' and tgrelid = 'agentpg.prompt_prefixes'::regclass;

rollback;
