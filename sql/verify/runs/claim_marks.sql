-- Verify agentpg:runs/claim_marks on pg
begin;

select
  queue_id, priority, id, ready_from, ready_id, next_from, next_id, next_xid, then_from, then_id,
  made_at
from agentpg.claim_marks
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'claim_marks_insert_only' and tgrelid = 'agentpg.claim_marks'::regclass;
select pg_catalog.has_function_privilege('agentpg._open_first_level()', 'execute');
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'queues_open_first_level' and tgrelid = 'agentpg.queues'::regclass;
select pg_catalog.has_function_privilege('agentpg._open_level()', 'execute');
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'runs_open_level' and tgrelid = 'agentpg.runs'::regclass;
select pg_catalog.has_function_privilege('agentpg._newest_mark(integer,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._stay_in_sight()', 'execute');
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'runs_stay_in_sight' and tgrelid = 'agentpg.runs'::regclass;

rollback;
