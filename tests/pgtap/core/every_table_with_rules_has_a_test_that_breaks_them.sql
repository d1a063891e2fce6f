begin;
select plan(2);

-- A table that is added later, and its rules with it, must not be forgotten.
select is(
  array(
    select c.relname::text from pg_class c
    where c.relnamespace = 'agentpg'::regnamespace and c.relkind = 'r' and exists (
      select from pg_constraint r where r.conrelid = c.oid and r.contype in ('c', 'u', 'f')
    )
    order by 1
  ),
  array[
    'agents', 'batch_members', 'batches', 'budgets', 'claim_marks', 'compactions', 'content_uses', 'deleted_usage', 'error_codes', 'failed_attempts', 'instance_tools', 'instances', 'iterations', 'large_contents', 'leadership', 'messages', 'model_prices', 'models', 'output_repairs', 'prompt_prefixes', 'queues', 'regenerations', 'reservations', 'retention_policies', 'run_continuations', 'run_events', 'run_inputs', 'run_streams', 'runs', 'server_tool_prices', 'session_origins', 'sessions', 'settings', 'state_transitions',
    'tool_approvals', 'tool_executions', 'tools'
  ],
  'these tables have rules'
);
select is_empty(
  $$ select r.conname, r.conrelid::regclass from pg_constraint r
     where r.connamespace = 'agentpg'::regnamespace and r.contype in ('c', 'p', 'u', 'f')
       and r.conname !~ ('^' || (select c.relname from pg_class c where c.oid = r.conrelid) || '_') $$,
  'each rule is named after its table'
);

select * from finish();
rollback;
