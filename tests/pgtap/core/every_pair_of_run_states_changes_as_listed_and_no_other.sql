begin;
select plan(92);

-- Each ordered pair of states: a row is put into the first, by hand and past the trigger, and updated to the second.
create function pg_temp.outcome(from_state agentpg.run_state, to_state agentpg.run_state) returns text
language plpgsql as $$
declare
  v_sql constant text := $sql$
    update agentpg.runs set state = %1$L,
      finalized_at = case when %1$L in ('completed', 'cancelled', 'failed') then agentpg.now() end,
      error_type = case when %1$L = 'failed' then 'test' end,
      open_tools = case when %1$L = 'pending_tools' then 1 else 0 end,
      batch_id = case when %1$L in ('batch_submitting', 'batch_pending', 'batch_processing') then gen_random_uuid() end,
      batch_ordinal = case when %1$L in ('batch_submitting', 'batch_pending', 'batch_processing') then 1 end,
      lease_token = case when %1$L = 'streaming' then gen_random_uuid() end,
      claimed_by = case when %1$L = 'streaming' then gen_random_uuid() end,
      lease_expires_at = case when %1$L = 'streaming' then agentpg.now() end,
      claimed_at = case when %1$L = 'streaming' then agentpg.now() end,
      watch_at = case when %1$L = 'streaming' then agentpg.now() end
  $sql$;
begin
  set local session_replication_role = replica;
  execute format(v_sql, from_state);
  set local session_replication_role = origin;
  execute format(v_sql, to_state);
  return 'allowed';
exception
  when others then
    return sqlstate;
end
$$;
select given_run();

create temporary table pair as
select f.state as from_state, t.state as to_state, pg_temp.outcome(f.state, t.state) as outcome
from unnest(enum_range(null::agentpg.run_state)) as f(state)
cross join unnest(enum_range(null::agentpg.run_state)) as t(state)
where f.state <> t.state;

select is((select count(*)::integer from pair), 90, 'every ordered pair of ten states');
select is(
  p.outcome,
  case when exists (
    select from agentpg.state_transitions l
    where l.machine = 'run' and l.from_state = p.from_state::text and l.to_state = p.to_state::text
  ) then 'allowed' else 'AP200' end,
  format('run: %s to %s', p.from_state, p.to_state)
)
from pair p;
select is(
  (select count(*)::integer from agentpg.state_transitions l
   where l.machine = 'run' and l.from_state in ('completed', 'cancelled', 'failed')),
  0, 'nothing leaves a final state'
);

select * from finish();
rollback;
