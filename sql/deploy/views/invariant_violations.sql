-- Deploy agentpg:views/invariant_violations to pg
-- requires: tools/open_calls
-- requires: runs/queues
-- requires: runs/regenerate_run
-- requires: batches/batches
-- requires: conversation/large_content
begin;

create view agentpg.invariant_violations as
select 'terminal_run_with_open_tool' as rule, r.id as run_id, r.session_id, e.id::text as detail
from agentpg.tool_executions e
join agentpg.runs r on r.id = e.run_id
where e.completed_at is null and r.finalized_at is not null
union all
select 'open_tools_miscounted', r.id, r.session_id, format('%s counted, %s open', r.open_tools, open.count)
from agentpg.runs r
cross join lateral (
  select count(*) from agentpg.tool_executions e where e.run_id = r.id and e.completed_at is null
) open
where r.finalized_at is null and r.open_tools <> open.count
union all
select 'gap_in_seq', null, s.id, format('%s messages, seq %s to %s', g.count, g.first, g.last)
from (select m.session_id, count(*), min(m.seq) as first, max(m.seq) as last from agentpg.messages m group by m.session_id) g
join agentpg.sessions s on s.id = g.session_id
where g.first <> greatest(s.forked_at_seq, s.archived_seq, 0) + 1 or g.count <> g.last - g.first + 1
union all
select 'gap_in_inherited_seq', null, s.id, format('%s messages of %s', count(m.seq), s.forked_at_seq)
from agentpg.sessions s
left join agentpg.session_origins o on o.session_id = s.id
left join agentpg.messages m on m.session_id = o.origin_session_id and m.seq between o.first_seq and o.last_seq
where s.forked_at_seq is not null
group by s.id
having count(m.seq) <> greatest(s.forked_at_seq - coalesce(s.archived_seq, 0), 0)
  or count(m.seq) > 0 and max(m.seq) <> s.forked_at_seq
  or min(m.seq) <= s.archived_seq
union all
select 'fork_inside_a_call', e.run_id, o.session_id, e.id::text
from agentpg.session_origins o
join agentpg.runs r on r.session_id = o.origin_session_id
join agentpg.tool_executions e on e.run_id = r.id
where e.message_seq between o.first_seq and o.last_seq and (e.result_seq > o.last_seq or e.completed_at is null)
union all
select 'superseded_but_active', r.id, r.session_id, format('regenerated as %s', g.run_id)
from agentpg.regenerations g
join agentpg.runs r on r.id = g.of_run_id
where g.supersedes and r.finalized_at is null
union all
select 'gap_in_turns', null, g.session_id, format('%s runs and %s removed ones, last turn %s', g.count, s.removed_runs, g.last)
from (select i.session_id, count(*), max(i.turn) as last from agentpg.run_inputs i group by i.session_id) g
join agentpg.sessions s on s.id = g.session_id
where g.count + s.removed_runs <> g.last
union all
select 'tool_use_without_one_result', a.run_id, a.session_id, c.tool_use_id
from agentpg.messages a
cross join lateral agentpg._tool_calls_in(a.content) c
join agentpg.runs r on r.id = a.run_id
where a.role = 'assistant'
  and not exists (
    select from agentpg.tool_executions e
    where e.run_id = a.run_id and e.message_seq = a.seq and e.block_index = c.block_index and e.completed_at is null
  )
  and 1 <> (
    select count(*)
    from agentpg.messages u
    cross join lateral jsonb_array_elements(u.content) as b(block)
    where u.session_id = a.session_id and u.iteration_id = a.iteration_id and u.role = 'user'
      and b.block ->> 'type' = 'tool_result' and b.block ->> 'tool_use_id' = c.tool_use_id
  )
union all
select 'lease_that_nobody_watches', r.id, r.session_id, format('call %s until %s, watched at %s', e.id, e.lease_expires_at, r.watch_at)
from agentpg.tool_executions e
join agentpg.runs r on r.id = e.run_id
where e.state = 'running' and e.lease_token is not null and coalesce(r.watch_at > least(e.lease_expires_at, e.deadline_at), true)
union all
select 'call_open_after_a_later_one', e.run_id, null, e.id::text
from agentpg.tool_executions e
where e.completed_at is null and exists (select from agentpg.tool_executions l where l.run_id = e.run_id and l.message_seq > e.message_seq)
union all
select 'iteration_id_of_another', r.id, r.session_id, format('iteration %s is %s', r.iteration_number, r.iteration_id)
from agentpg.runs r
where r.iteration_id::text <> overlay(r.id::text placing lpad(to_hex(r.iteration_number), 4, '0') from 33)
union all
select 'attempts_above_limit', r.id, r.session_id, format('attempt %s', r.attempt)
from agentpg.runs r, agentpg.settings s
where r.attempt > s.max_model_attempts or r.rescue_attempts > s.max_rescue_attempts
union all
select 'tool_attempts_above_limit', e.run_id, null, format('attempt %s of %s', e.attempt, e.max_attempts)
from agentpg.tool_executions e
where e.attempt > e.max_attempts
union all
select 'queued_behind_nobody', r.id, r.session_id, 'no run of the session is active'
from agentpg.runs r
where r.blocked and not exists (
  select from agentpg.runs a where a.session_id = r.session_id and a.finalized_at is null and not a.blocked
)
union all
select 'waits_for_no_tool', r.id, r.session_id, 'pending_tools without an open tool execution'
from agentpg.runs r
where r.state = 'pending_tools' and not exists (
  select from agentpg.tool_executions e where e.run_id = r.id and e.completed_at is null
)
union all
select 'delegate_ended_unanswered', e.run_id, null, format('run %s is %s', c.id, c.state)
from agentpg.tool_executions e
join agentpg.runs c on c.id = e.child_run_id
where e.completed_at is null and c.finalized_at is not null
union all
select 'delegate_runs_for_nobody', c.id, c.session_id, format('call %s is %s', e.id, e.state)
from agentpg.run_inputs i
join agentpg.runs c on c.id = i.run_id
join agentpg.tool_executions e on e.id = i.parent_tool_execution_id
where c.finalized_at is null and (e.completed_at is not null or e.child_run_id <> c.id)
union all
select 'waits_for_no_person', e.run_id, null, format('call %s: %s', e.id, coalesce(a.decision, 'nobody was asked'))
from agentpg.tool_executions e
left join agentpg.tool_approvals a on a.tool_execution_id = e.id
where e.state = 'awaiting_approval' and (a.tool_execution_id is null or a.decision is not null)
union all
select 'went_ahead_unapproved', e.run_id, null, format('call %s is %s', e.id, e.state)
from agentpg.tool_approvals a
join agentpg.tool_executions e on e.id = a.tool_execution_id
where a.decision is null and e.state not in ('awaiting_approval', 'skipped')
  or a.decision in ('rejected', 'expired') and e.state <> 'failed'
union all
select 'two_answers_of_one_iteration', m.run_id, m.session_id, m.iteration_id::text
from agentpg.messages m
where m.role = 'assistant'
group by m.run_id, m.session_id, m.iteration_id
having count(*) > 1
union all
select 'in_a_batch_that_knows_it_not', r.id, r.session_id, format('%s %s', r.state, r.batch_id)
from agentpg.runs r
where r.state in ('batch_submitting', 'batch_pending', 'batch_processing') and not exists (
  select from agentpg.batch_members m
  where m.batch_id = r.batch_id and m.ordinal = r.batch_ordinal and m.run_id = r.id and m.iteration_id = r.iteration_id
    and m.settled_at is null and m.withdrawn_at is null
)
union all
select 'batch_over_with_a_member_in_it', m.run_id, null, format('batch %s, request %s', m.batch_id, m.ordinal)
from agentpg.batch_members m
join agentpg.batches b on b.id = m.batch_id
where b.closed_at is not null and m.settled_at is null and m.withdrawn_at is null and m.result is null
union all
select 'one_call_in_two_batches', m.run_id, null, format('iteration %s in %s batches', m.iteration_id, count(*))
from agentpg.batch_members m
where m.settled_at is null and m.withdrawn_at is null
group by m.run_id, m.iteration_id
having count(*) > 1
union all
select 'batch_requests_miscounted', null, null, format('batch %s: %s counted, %s there', b.id, b.request_count, there.count)
from agentpg.batches b
cross join lateral (select count(*) from agentpg.batch_members m where m.batch_id = b.id) there
where b.request_count <> there.count
union all
select 'reference_without_a_use', c.run_id, c.session_id, l.id::text
from (
  select m.run_id, m.session_id, m.content from agentpg.messages m
  union all
  select i.run_id, i.session_id, i.content from agentpg.run_inputs i
) c
cross join lateral jsonb_path_query(c.content, 'strict $.**{0 to 12}.data."$agentpg_content"') as r(id)
join agentpg.large_contents l on l.id::text = r.id #>> '{}'
where not exists (select from agentpg.content_uses u where u.session_id = c.session_id and u.content_id = l.id);
comment on view agentpg.invariant_violations is
  'What may never be. Empty at any moment between transactions; a row is a defect. Reads whole tables: for tests and for the worst night.';

commit;
