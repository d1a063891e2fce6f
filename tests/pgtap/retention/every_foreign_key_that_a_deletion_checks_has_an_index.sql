begin;
select plan(2);

create function pg_temp.keys() returns table (name name, indexed boolean) language sql as $$
  select c.conname, exists (
    select from pg_index i
    where i.indrelid = c.conrelid and i.indisvalid and i.indkey[0] = c.conkey[1]
      -- Partial ones serve when all they leave out is null.
      and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)', a.attname))
  )
  from pg_constraint c
  join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
  where c.contype = 'f' and c.connamespace = 'agentpg'::regnamespace
    -- These are kept while anything names them, or are deleted as a whole.
    and c.confrelid <> all (array[
      'agentpg.agents', 'agentpg.queues', 'agentpg.prompt_prefixes', 'agentpg.tools', 'agentpg.models'
    ]::regclass[])
$$;
select cmp_ok((select count(*) from pg_temp.keys()), '>', 15::bigint, 'they are looked at');
select is_empty('select name from pg_temp.keys() where not indexed', 'each is served by an index');

select * from finish();
rollback;
