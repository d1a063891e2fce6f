-- A clock that tests move. agentpg.now() keeps its signature and volatility and reads one row.
create schema agentpg_test;
grant usage on schema agentpg_test to public;
comment on schema agentpg_test is 'What the tests stand on; never part of a deployed database.';

create table agentpg_test.clock (
  only_row boolean not null default true,
  shift interval not null default '0',
  frozen timestamptz,
  constraint clock_pk primary key (only_row),
  constraint clock_one_row check (only_row)
);
insert into agentpg_test.clock default values;
grant select, update on agentpg_test.clock to public;

create or replace function agentpg.now()
returns timestamptz
language sql
stable
parallel safe
set search_path = ''
as $$
  select coalesce(c.frozen, pg_catalog.clock_timestamp()) + c.shift from agentpg_test.clock c
$$;

-- Moves the clock of this database forward (or back) for every connection once committed.
create function agentpg_test.advance(step interval)
returns timestamptz
language sql
volatile
as $$
  update agentpg_test.clock c set shift = c.shift + step;
  select agentpg.now();
$$;

-- Stops the clock at a time: it then moves by advance() alone.
create function agentpg_test.freeze(at timestamptz default null)
returns timestamptz
language sql
volatile
as $$
  update agentpg_test.clock c set frozen = coalesce(at, agentpg.now()), shift = '0';
  select agentpg.now();
$$;
