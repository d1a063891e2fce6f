-- What must not happen: statements that are refused, rows that break a rule, calls that change nothing.

-- One assertion: the statement raises this SQLSTATE, and its hint matches the pattern (any hint at all by default).
create function agentpg_test.refused(statement text, wanted text, hint text default '.')
returns text
language plpgsql
volatile
as $$
declare
  v_hint text;
  v_message text;
begin
  begin
    execute statement;
  exception
    when others then
      get stacked diagnostics v_hint = pg_exception_hint, v_message = message_text;
      return is(
        concat_ws(' ', sqlstate, case when v_hint !~* refused.hint then format('hint %L', v_hint) end), wanted,
        format('%s: %s', wanted, v_message)
      );
  end;
  return fail(format('%s: not refused: %s', wanted, statement));
end
$$;

-- The detail of an error of the private class, as JSON: the ids involved.
create function agentpg_test.ids_in_error(statement text)
returns jsonb
language plpgsql
volatile
as $$
declare
  v_detail text;
begin
  execute statement;
  return null;
exception
  when others then
    get stacked diagnostics v_detail = pg_exception_detail;
    return nullif(v_detail, '')::jsonb;
end
$$;

create table agentpg_test.broken (
  relation regclass not null,
  name text not null
);
grant select, insert on agentpg_test.broken to public;

-- One assertion: a copy of the table's first row with these changes is refused by the constraint of this name.
create function agentpg_test.breaks(relation regclass, changes jsonb, wanted text)
returns text
language plpgsql
volatile
as $$
declare
  v_columns text;
  v_row jsonb;
  v_name text;
begin
  select string_agg(format('%I', a.attname), ', ') into v_columns
  from pg_catalog.pg_attribute a
  where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and a.attgenerated = '';
  execute format('select to_jsonb(t) from %s t limit 1', relation) into v_row;
  if v_row is null then
    raise exception 'table % has no row to copy', relation;
  end if;
  begin
    execute format(
      'insert into %1$s (%2$s) overriding system value select %2$s from jsonb_populate_record(null::%1$s, $1)',
      relation, v_columns
    ) using v_row || changes;
  exception
    when integrity_constraint_violation then
      get stacked diagnostics v_name = constraint_name;
    when others then
      v_name := sqlstate || ' ' || sqlerrm;
  end;
  insert into agentpg_test.broken values (relation, wanted);
  return is(v_name, wanted, format('%s refuses %s', wanted, left(changes::text, 80)));
end
$$;

-- One assertion: the test broke every named rule of the table.
create function agentpg_test.every_rule_was_broken(relation regclass)
returns text
language plpgsql
volatile
as $$
begin
  return is(
    array(select distinct b.name from agentpg_test.broken b where b.relation = every_rule_was_broken.relation order by 1),
    array(
      select r.name
      from (
        select c.conname::text from pg_catalog.pg_constraint c
        where c.conrelid = every_rule_was_broken.relation and c.contype in ('c', 'p', 'u', 'f')
        union
        select n.relname::text from pg_catalog.pg_index i
        join pg_catalog.pg_class n on n.oid = i.indexrelid
        where i.indrelid = every_rule_was_broken.relation and i.indisunique
      ) as r(name)
      order by 1
    ),
    format('every rule of %s was broken', every_rule_was_broken.relation)
  );
end
$$;

-- A hash of all rows of the product's tables: the same before and after a call that changed nothing.
create function agentpg_test.everything()
returns text
language plpgsql
volatile
as $$
declare
  v_table regclass;
  v_hash text;
  v_all text := '';
begin
  for v_table in
    select c.oid::regclass from pg_catalog.pg_class c
    where c.relnamespace = 'agentpg'::regnamespace and c.relkind = 'r' order by c.relname
  loop
    execute format('select md5(coalesce(string_agg(t::text, '','' order by t::text), '''')) from %s t', v_table) into v_hash;
    v_all := v_all || v_table || ' ' || v_hash || E'\n';
  end loop;
  return v_all;
end
$$;
