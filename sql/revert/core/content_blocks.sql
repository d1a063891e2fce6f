-- Revert agentpg:core/content_blocks from pg
begin;

drop function agentpg._block_problem(jsonb,text,text);
drop function agentpg._place_problem(text,text);
drop function agentpg._block_keys(text);
drop function agentpg._source_problem(text,jsonb);
drop function agentpg._cache_control_problem(jsonb);
drop function agentpg._unknown_block_names(text[]);
drop function agentpg._is_blank(text);

commit;
