-- Revert agentpg:batches/leased_batch from pg
begin;

drop function agentpg._advance_members(uuid,agentpg.run_state,agentpg.run_state);
drop function agentpg._poll_delay(agentpg.batches);
drop function agentpg._batch_delay(integer,interval);
drop function agentpg._count_requests(jsonb);
drop function agentpg._check_owner(uuid,text);
drop function agentpg._leased_batch(uuid,uuid);

commit;
