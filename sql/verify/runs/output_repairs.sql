-- Verify agentpg:runs/output_repairs on pg
begin;

select run_id, iteration_number, reason, prompt_seq, created_at
from agentpg.output_repairs
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'output_repairs_insert_only' and tgrelid = 'agentpg.output_repairs'::regclass;

rollback;
