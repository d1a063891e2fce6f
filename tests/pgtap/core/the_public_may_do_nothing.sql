begin;
select plan(3);

create role stranger;
set local role stranger;
select refused('select agentpg.list_agents()', '42501', '');
reset role;
select is_empty(
  $$ select p.oid::regprocedure from pg_proc p
     where p.pronamespace = 'agentpg'::regnamespace and p.prokind = 'f' and has_function_privilege('stranger', p.oid, 'execute')
       and p.proname <> 'now' $$,
  'no function may be called'
);
select is_empty(
  $$ select c.oid::regclass from pg_class c
     where c.relnamespace = 'agentpg'::regnamespace and c.relkind in ('r', 'v')
       and has_table_privilege('stranger', c.oid, 'select, insert, update, delete, truncate') $$,
  'no table or view may be touched'
);

select * from finish();
rollback;
