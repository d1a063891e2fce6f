-- Revert agentpg:runs/hand_out_run from pg
begin;

drop function agentpg._hand_out_runs(uuid[],jsonb);
drop function agentpg._hand_out_run(agentpg.runs,jsonb);
drop function agentpg._call_before(agentpg.runs,bigint);
drop function agentpg._build_request(agentpg.runs,boolean);
drop function agentpg._request_with(agentpg.runs,jsonb,boolean);
drop type agentpg.run_claim;

commit;
