-- Deploy agentpg:views/batch_progress to pg
-- requires: batches/batches
-- requires: registry/cost
begin;

create view agentpg._usual_batch_time as
select percentile_disc(0.5) within group (order by h.took) as usual
from (
  select date_trunc('second', b.ended_at - b.submitted_at) as took
  from agentpg.batches b
  where b.state = 'ingested'
  order by b.ended_at desc
  limit 50
) h;
comment on view agentpg._usual_batch_time is 'How long the provider took for half of the last 50 batches; null before the first.';

create view agentpg.batch_queue as
select
  q.model,
  count(*) as queued,
  count(*) filter (where r.ready_at <= agentpg.now()) as due,
  min(r.ready_at) as oldest_at,
  min(r.ready_at) + (select s.batch_max_wait from agentpg.settings s) as gathered_by,
  q.paused_until,
  q.parked_reason
from agentpg.queues q
join agentpg.runs r on r.queue_id = q.id
where q.run_mode = 'batch' and r.ready_at is not null
group by q.id;
comment on view agentpg.batch_queue is 'Runs in batch mode that no batch has gathered yet, by model.';
comment on column agentpg.batch_queue.due is 'Those that neither wait for a schedule nor for a retry.';
comment on column agentpg.batch_queue.gathered_by is 'When the oldest will have waited batch_max_wait.';

create view agentpg.batch_progress as
select
  b.id as batch_id,
  b.provider_batch_id,
  b.state,
  b.status,
  b.request_count,
  b.request_bytes,
  m.settled,
  m.succeeded,
  m.errored,
  m.canceled,
  m.expired,
  m.withdrawn,
  m.kept,
  b.created_at,
  b.submitted_at,
  coalesce(b.ended_at, case when b.closed_at is null then agentpg.now() end) - b.submitted_at as elapsed,
  (select u.usual from agentpg._usual_batch_time u) as usual,
  b.expires_at,
  b.ended_at,
  b.closed_at,
  b.next_poll_at,
  b.submissions,
  b.failures,
  b.last_error,
  b.cancel_requested_at,
  trim_scale(c.cost_usd) as cost_usd,
  trim_scale(c.streaming_cost_usd) as streaming_cost_usd,
  c.unpriced_calls
from agentpg.batches b
cross join lateral (
  select
    count(m.settled_at)::integer as settled,
    (count(*) filter (where m.result_type = 'succeeded'))::integer as succeeded,
    (count(*) filter (where m.result_type = 'errored'))::integer as errored,
    (count(*) filter (where m.result_type = 'canceled'))::integer as canceled,
    (count(*) filter (where m.result_type = 'expired'))::integer as expired,
    count(m.withdrawn_at)::integer as withdrawn,
    count(m.result)::integer as kept
  from agentpg.batch_members m
  where m.batch_id = b.id
) m
cross join lateral (
  select
    case when coalesce(sum(s.unpriced_calls), 0) = 0 then sum(s.cost_usd) end as cost_usd,
    case when coalesce(sum(s.unpriced_calls), 0) = 0 then
      sum(s.tokens_usd / agentpg._batch_ratio(s.model, b.created_at) + s.cost_usd - s.tokens_usd)
    end as streaming_cost_usd,
    coalesce(sum(s.unpriced_calls), 0)::integer as unpriced_calls
  from (
    select t.model, sum(t.cost_usd) as cost_usd, count(*) - count(t.cost_usd) as unpriced_calls,
      -- The API's own tools cost the same in a batch.
      sum(case when jsonb_typeof(t.usage -> 'server_tool_use') = 'object'
        then t.cost_usd - agentpg._server_tools_usd(t.usage, t.completed_at) else t.cost_usd end) as tokens_usd
    from agentpg.batch_members m
    join agentpg.iterations t on t.run_id = m.run_id and t.number = agentpg._iteration_number(m.iteration_id) and t.batch_id = m.batch_id
    where m.batch_id = b.id
    group by t.model
  ) s
) c;
comment on view agentpg.batch_progress is 'Each provider batch: where it stands, what came back, what it cost.';
comment on column agentpg.batch_progress.settled is 'Requests whose result went to their run, or that left before they were sent.';
comment on column agentpg.batch_progress.withdrawn is 'Requests whose run ended or went elsewhere first.';
comment on column agentpg.batch_progress.kept is 'Results that wait because somebody holds their session.';
comment on column agentpg.batch_progress.usual is 'How long the provider took for half of the last 50 batches.';
comment on column agentpg.batch_progress.cost_usd is 'At the batch price; null before the first answer and when a model is unpriced.';
comment on column agentpg.batch_progress.unpriced_calls is 'Answers a part of which has no price.';
comment on column agentpg.batch_progress.streaming_cost_usd is 'What the same answers had cost in streaming mode.';

commit;
