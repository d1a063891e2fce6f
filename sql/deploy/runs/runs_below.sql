-- Deploy agentpg:runs/runs_below to pg
-- requires: runs/runs
begin;

create function agentpg._runs_below(run_ids uuid[])
returns uuid[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  return array(
    with recursive tree as (
      select g.id from unnest(_runs_below.run_ids) as g(id)
      union
      -- Only a run that waits for its tools has living runs below it.
      select i.run_id
      from tree t
      join agentpg.runs r on r.id = t.id and r.state = 'pending_tools'
      join agentpg.run_inputs i on i.parent_run_id = t.id
    )
    select t.id from tree t
  );
end
$$;
comment on function agentpg._runs_below(uuid[]) is 'The given runs and the runs of their delegates, as far as these may be at work.';

commit;
