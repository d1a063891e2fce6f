-- Revert agentpg:conversation/large_content from pg
begin;

drop function agentpg._store_content(uuid,text,bytea,text);
drop function agentpg._drop_unreferenced_content(integer);
drop table agentpg.content_uses;
drop function agentpg._release_content();
drop table agentpg.content_releases;
drop table agentpg.large_contents;

commit;
