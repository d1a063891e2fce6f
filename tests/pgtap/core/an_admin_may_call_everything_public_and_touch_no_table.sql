begin;
select plan(3);

create role boss;
select agentpg.grant_access('boss', 'admin');
select is_empty(
  $$ select p.oid::regprocedure from pg_proc p
     where p.pronamespace = 'agentpg'::regnamespace and p.proname !~ '^_' and p.proname <> 'grant_access'
       and not has_function_privilege('boss', p.oid, 'execute') $$,
  'every public function'
);
select is_empty(
  $$ select p.oid::regprocedure from pg_proc p
     where p.pronamespace = 'agentpg'::regnamespace and p.proname ~ '^_' and has_function_privilege('boss', p.oid, 'execute')
       and p.proname not in ('_content_text', '_iteration_number', '_batch_ratio', '_server_tools_usd', '_token_count', '_tool_calls_in') $$,
  'no internal one but what the views need'
);
select is_empty(
  $$ select c.oid::regclass from pg_class c
     where c.relnamespace = 'agentpg'::regnamespace and c.relkind in ('r', 'v') and has_table_privilege('boss', c.oid, 'insert, update, delete, truncate') $$,
  'writes no table'
);

select * from finish();
rollback;
