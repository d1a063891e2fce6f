-- Revert agentpg:conversation/check_document from pg
begin;

drop function agentpg._check_document(jsonb);
drop function agentpg._check_transcript(jsonb,text);
drop function agentpg._check_items(jsonb,text,jsonb);
drop function agentpg._check_field(jsonb,text,text);
drop function agentpg._refuse_document(text,text);

commit;
