-- Revert agentpg:runs/move_marks from pg
begin;

drop function agentpg._look_back(timestamp with time zone);
drop function agentpg._move_mark(integer,integer,timestamp with time zone);
drop function agentpg._first_ready(agentpg.claim_marks,boolean,timestamp with time zone);
drop function agentpg._claim_levels(agentpg.run_mode,timestamp with time zone);

commit;
