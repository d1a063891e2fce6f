-- Revert agentpg:tools/tool_output from pg
begin;

drop function agentpg._tool_content(jsonb);
drop function agentpg._cut_text(text,integer);
drop function agentpg._whole_characters(bytea);
drop function agentpg._check_output(jsonb);
drop function agentpg._is_blocks(jsonb);

commit;
