-- Verify agentpg:runs/run_continuations on pg
begin;

select run_id, number, stop_reason, first_iteration, prompt_seq, options, created_at
from agentpg.run_continuations
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'run_continuations_insert_only' and tgrelid = 'agentpg.run_continuations'::regclass;

rollback;
