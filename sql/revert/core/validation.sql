-- Revert agentpg:core/validation from pg
begin;

drop function agentpg._check_page(integer,integer);
drop function agentpg._unknown_keys(jsonb,text[]);
drop function agentpg._check_prompt(text,jsonb);
drop function agentpg._check_blocks(jsonb,text,text);
drop function agentpg._check_metadata(jsonb);

commit;
