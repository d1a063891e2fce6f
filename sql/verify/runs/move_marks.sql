-- Verify agentpg:runs/move_marks on pg
begin;

select pg_catalog.has_function_privilege('agentpg._claim_levels(agentpg.run_mode,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._first_ready(agentpg.claim_marks,boolean,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._move_mark(integer,integer,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._look_back(timestamp with time zone)', 'execute');

rollback;
