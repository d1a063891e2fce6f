-- Verify agentpg:conversation/large_content on pg
begin;

select id, tenant_id, sha256, data, created_at
from agentpg.large_contents
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'large_contents_insert_only' and tgrelid = 'agentpg.large_contents'::regclass;
select id, content_id
from agentpg.content_releases
where false;
select pg_catalog.has_function_privilege('agentpg._release_content()', 'execute');
select session_id, content_id
from agentpg.content_uses
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'content_uses_release' and tgrelid = 'agentpg.content_uses'::regclass;
select pg_catalog.has_function_privilege('agentpg._drop_unreferenced_content(integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._store_content(uuid,text,bytea,text)', 'execute');

rollback;
