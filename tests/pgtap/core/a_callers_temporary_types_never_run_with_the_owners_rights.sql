begin;
select plan(4);

-- Postgres looks for types in pg_temp first of all, unless a search_path says where it stands.
select is(
  array(
    select p.oid::regprocedure::text from pg_proc p
    where p.pronamespace = 'agentpg'::regnamespace and p.prokind = 'f' and p.proname <> 'now'
      and not exists (select from unnest(p.proconfig) c where c ~ '^search_path=.*pg_temp$')
    order by 1
  ),
  '{}'::text[],
  'every function names pg_temp, last, in its search_path'
);

create role caller;
select agentpg.grant_access('caller', 'reader');
create function public.outcome_of(statement text) returns text language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  execute statement;
  return 'done';
exception
  when others then
    return sqlstate;
end
$$;
create temporary table outcome (attempt text, result text);
grant all on outcome to public;

set local role caller;
create function pg_temp.is_mine() returns boolean language plpgsql as $$
begin
  if current_user <> 'caller' then
    raise exception 'ran as %', current_user using errcode = 'P0666';
  end if;
  return true;
end
$$;
create domain pg_temp.jsonb as pg_catalog.jsonb check (pg_temp.is_mine());
create domain pg_temp.uuid as pg_catalog.uuid check (pg_temp.is_mine());
create domain pg_temp.text as pg_catalog.text check (pg_temp.is_mine());
create domain pg_temp.timestamptz as pg_catalog.timestamptz check (pg_temp.is_mine());
insert into outcome
select a.attempt, public.outcome_of(a.attempt)
from (values
  (1, 'select agentpg.get_run(''00000000-0000-0000-0000-000000000000'')'),
  (2, 'select agentpg.iteration_tool_calls(''00000000-0000-0000-0000-000000000000'')'),
  (3, 'select agentpg.list_agents()')
) as a(place, attempt)
order by a.place;
reset role;
drop domain pg_temp.jsonb;
drop domain pg_temp.uuid;
drop domain pg_temp.text;
drop domain pg_temp.timestamptz;

select is(o.result, w.wanted, o.attempt)
from outcome o
join (values ('%get_run%', 'AP003'), ('%iteration_tool_calls%', 'AP004'), ('%list_agents%', 'done')) as w(attempt, wanted)
  on o.attempt like w.attempt;

select * from finish();
rollback;
