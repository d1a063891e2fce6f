begin;
select plan(31);

create function pg_temp.outcome(from_state agentpg.tool_execution_state, to_state agentpg.tool_execution_state) returns text
language plpgsql as $$
declare
  v_sql constant text := $sql$
    update agentpg.tool_executions set state = %1$L,
      completed_at = case when %1$L in ('completed', 'failed', 'skipped') then agentpg.now() end,
      result_seq = case when %1$L in ('completed', 'failed', 'skipped') then 9 end,
      lease_token = case when %1$L in ('pending', 'awaiting_approval') then null else gen_random_uuid() end,
      claimed_by = case when %1$L in ('pending', 'awaiting_approval') then null else gen_random_uuid() end,
      lease_expires_at = case when %1$L in ('pending', 'awaiting_approval') then null else agentpg.now() end,
      started_at = agentpg.now(), asked = true
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
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));

create temporary table pair as
select f.state as from_state, t.state as to_state, pg_temp.outcome(f.state, t.state) as outcome
from unnest(enum_range(null::agentpg.tool_execution_state)) as f(state)
cross join unnest(enum_range(null::agentpg.tool_execution_state)) as t(state)
where f.state <> t.state;

select is((select count(*)::integer from pair), 30, 'every ordered pair of six states');
select is(
  p.outcome,
  case when exists (
    select from agentpg.state_transitions l
    where l.machine = 'tool_execution' and l.from_state = p.from_state::text and l.to_state = p.to_state::text
  ) then 'allowed' else 'AP200' end,
  format('tool execution: %s to %s', p.from_state, p.to_state)
)
from pair p;

select * from finish();
rollback;
