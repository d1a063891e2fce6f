-- Deploy agentpg:maintenance/run_maintenance to pg
-- requires: maintenance/timers
-- requires: maintenance/leadership
-- requires: batches/ingest_batch
-- requires: events/trim_events
-- requires: maintenance/apply_retention
-- requires: conversation/large_content
begin;

create function agentpg.run_maintenance(instance_id uuid default null)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := agentpg.now();
  v_settings agentpg.settings;
  v_term bigint;
  v_rescue boolean;
  v_instances integer;
  v_runs integer;
  v_tools integer;
  v_overdue_runs integer;
  v_overdue_tools integer;
  v_unserved integer;
  v_batch_results integer;
  v_streamed integer;
  v_trimmed integer;
  v_expired jsonb;
  v_dropped integer;
begin
  if instance_id is not null then
    perform agentpg._check_instance(instance_id);
    v_term := agentpg._lead(instance_id);
    if v_term is null then
      return '{"leader": false}';
    end if;
  end if;
  select s.* into v_settings from agentpg.settings s;

  delete from agentpg.instances i
  where i.id in (
    select s.id from agentpg.instances s
    where s.last_heartbeat_at < v_now - v_settings.instance_ttl
    order by s.id
    limit 100
    for update skip locked
  );
  get diagnostics v_instances = row_count;
  v_rescue := agentpg._may_rescue(v_now);
  -- Each sweep takes at most 100 rows off an index that holds open work only, and passes over what is locked.
  select count(*) filter (where agentpg._rescue_run(x.id)) into v_runs
  from (select r.id from agentpg.runs r where v_rescue and r.watch_at < v_now and r.lease_expires_at < v_now order by r.watch_at limit 100) x;
  select count(*) filter (where agentpg._rescue_execution(x.id)) into v_tools
  from (select c.id from agentpg._due_calls(v_now, false, 100) c(id) where v_rescue) x;
  select count(*) filter (where agentpg._end_overdue_run(x.id)) into v_overdue_runs
  from (select r.id from agentpg.runs r where r.finalized_at is null and r.deadline_at < v_now order by r.deadline_at limit 100) x;
  select count(*) filter (where agentpg._give_up_call(x.id, format('The tool did not finish in time (%s).', v_settings.tool_deadline), 'deadline_exceeded'))
  into v_overdue_tools
  from (select c.id from agentpg._due_calls(v_now, true, 100) c(id)) x;
  perform agentpg._mark_unoffered(v_now);
  select count(*) filter (where agentpg._give_up_call(
    x.tool_execution_id, format('The tool %s is not available: no worker offers it.', x.tool_name), 'not_offered'
  )) into v_unserved
  from agentpg._unserved_calls(v_now - v_settings.unserved_tool_timeout, 100) x;
  v_batch_results := agentpg._settle_stored(1000);
  v_streamed := agentpg._stream_due_runs(1000);
  v_trimmed := agentpg._trim_events(100, 5000);
  select coalesce(jsonb_object_agg(a.kind || '_' || a.state, a.count) filter (where a.count > 0), '{}') into v_expired
  from agentpg._apply_policies(100) a;
  v_dropped := agentpg._drop_unreferenced_content(100);
  update agentpg.leadership l set looked_back_at = v_now
  where l.singleton in (
    select b.singleton from agentpg.leadership b
    where b.looked_back_at is null or b.looked_back_at not between v_now - interval '1 minute' and v_now
    for no key update skip locked
  );
  if found then
    perform agentpg._look_back(v_now);
  end if;
  perform agentpg._nudge(v_now - v_settings.poll_interval);
  -- Last: those that it holds from here on are at work.
  perform agentpg._watch_on(v_now, 2000);

  return jsonb_build_object(
    'leader', v_term is not null, 'term', v_term, 'rescued_runs', v_runs, 'rescued_tools', v_tools,
    'overdue_runs', v_overdue_runs, 'overdue_tools', v_overdue_tools, 'unserved_tools', v_unserved,
    'removed_instances', v_instances,
    'settled_batch_results', v_batch_results, 'streamed_runs', v_streamed, 'forgotten_events', v_trimmed, 'expired', v_expired,
    'dropped_content', v_dropped
  );
end
$$;
comment on function agentpg.run_maintenance(uuid) is
  'Takes work from workers whose leases expired (while an instance is in contact, and not right after all were silent), ends what is past its deadline, answers calls of tools that nobody offers, gives kept results of batches to their runs, moves runs that are due to from batch to streaming mode, forgets silent instances, forgets old events, deletes what the policies of set_retention no longer keep (expired: how many by kind and state), drops large strings whose last session is gone, wakes executors for what has been due too long. An instance that does not lead does nothing and says {"leader": false}; with null the work is done in any case. Safe from anywhere, any number at once; a call does a bounded amount. Returns counts. Errors: AP007, AP211 (with an instance).';

commit;
