-- Revert agentpg:runs/record_failure from pg
begin;

drop function agentpg.record_failure(uuid,uuid,jsonb,interval);
drop function agentpg._fail_attempt(agentpg.runs,jsonb,interval);
drop function agentpg._model_retry_delay(integer,interval);
drop function agentpg._failure_course(jsonb);

commit;
