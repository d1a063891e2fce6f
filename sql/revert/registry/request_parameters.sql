-- Revert agentpg:registry/request_parameters from pg
begin;

drop function agentpg._check_abilities(text,jsonb);
drop function agentpg._check_request(jsonb,text,text);
drop function agentpg._check_mcp_servers(jsonb,text,text);
drop function agentpg._check_betas(jsonb,text,text);

commit;
