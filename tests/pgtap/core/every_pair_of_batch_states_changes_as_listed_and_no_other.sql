begin;
select plan(46);

-- Each ordered pair of states: a row is put into the first, by hand and past the trigger, and updated to the second.
create function pg_temp.outcome(from_state agentpg.batch_state, to_state agentpg.batch_state) returns text
language plpgsql as $$
declare
  v_sql constant text := $sql$
    update agentpg.batches set state = %1$L,
      provider_batch_id = 'msgbatch_1', status = 'in_progress', submitted_at = agentpg.now(), expires_at = agentpg.now(),
      lease_token = null, claimed_by = null, lease_expires_at = null,
      unknown_since = case when %1$L = 'unknown' then agentpg.now() end,
      closed_at = case when %1$L in ('ingested', 'abandoned') then agentpg.now() end,
      next_poll_at = case when %1$L not in ('ingested', 'abandoned') then agentpg.now() end
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
select given_instance(), given_batch_runs('a'), advance('1 minute');
select gather();

create temporary table pair as
select f.state as from_state, t.state as to_state, pg_temp.outcome(f.state, t.state) as outcome
from unnest(enum_range(null::agentpg.batch_state)) as f(state)
cross join unnest(enum_range(null::agentpg.batch_state)) as t(state)
where f.state <> t.state;

select is((select count(*)::integer from pair), 42, 'every ordered pair of seven states');
select is(
  p.outcome,
  case when exists (
    select from agentpg.state_transitions l
    where l.machine = 'batch' and l.from_state = p.from_state::text and l.to_state = p.to_state::text
  ) then 'allowed' else 'AP200' end,
  format('batch: %s to %s', p.from_state, p.to_state)
)
from pair p;
select is((select count(*)::integer from agentpg.state_transitions l where l.machine = 'batch' and l.from_state = 'ingested'), 0, 'nothing leaves what is taken over');
select is((select array_agg(l.to_state) from agentpg.state_transitions l where l.machine = 'batch' and l.from_state = 'abandoned'), '{submitted}');
select throws_ok($$ insert into agentpg.batches (state, request_count, request_bytes, next_poll_at) values ('submitting', 1, 1, agentpg.now()) $$, 'AP200', null, 'a batch is born gathered');

select * from finish();
rollback;
