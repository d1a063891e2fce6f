-- Revert agentpg:registry/output_schema from pg
begin;

drop function agentpg._output_format(jsonb,text);
drop function agentpg._schema_notes(jsonb);
drop function agentpg._strict_schema(jsonb,text);
drop function agentpg._strict_object(jsonb,text);
drop function agentpg._check_references(jsonb,text);
drop function agentpg._refuse_schema(text,text,text);

commit;
