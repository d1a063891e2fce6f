-- Revert agentpg:registry/cost from pg
begin;

drop function agentpg._batch_ratio(text,timestamp with time zone);
drop function agentpg._cost_usd(text,agentpg.run_mode,jsonb,timestamp with time zone);
drop function agentpg._billed(text,agentpg.run_mode,jsonb,timestamp with time zone);
drop function agentpg._billed_step(text,agentpg.run_mode,jsonb,jsonb,timestamp with time zone);
drop type agentpg.billed_usage;
drop function agentpg._server_tools_usd(jsonb,timestamp with time zone);
drop function agentpg._price(text,text,bigint,timestamp with time zone);
drop function agentpg._token_count(jsonb,text);

commit;
