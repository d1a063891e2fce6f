-- Revert agentpg:registry/create_agent from pg
begin;

drop function agentpg.get_or_create_agent(text,text,text,text[],uuid[],text,integer,numeric,integer,numeric,jsonb,jsonb);
drop function agentpg.create_agent(text,text,text,text[],uuid[],text,integer,numeric,integer,numeric,jsonb,jsonb);

commit;
