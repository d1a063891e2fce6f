-- Deploy agentpg:core/configure to pg
-- requires: core/settings
-- requires: core/errors
-- requires: core/nearest_name
begin;

create function agentpg.configure(changes jsonb)
returns agentpg.settings
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_unknown text;
  v_known text[];
  v_row agentpg.settings;
  v_rule text;
begin
  if changes is null or jsonb_typeof(changes) <> 'object' then
    perform agentpg._refuse('AP116', 'configure() takes a JSON object of settings', 'select agentpg.configure(''{"lease_ttl": "30 seconds"}'')');
  end if;

  select string_agg(k.key, ', ' order by k.key) into v_unknown
  from jsonb_object_keys(changes) as k(key)
  where k.key in ('singleton', 'updated_at')
    or not exists (
      select from pg_catalog.pg_attribute a
      where a.attrelid = 'agentpg.settings'::regclass and a.attnum > 0 and not a.attisdropped and a.attname = k.key
    );
  if v_unknown is not null then
    select array_agg(a.attname::text order by a.attnum) into v_known
    from pg_catalog.pg_attribute a
    where a.attrelid = 'agentpg.settings'::regclass and a.attnum > 0 and not a.attisdropped
      and a.attname not in ('singleton', 'updated_at');
    perform agentpg._refuse('AP116', format('unknown settings: %s', v_unknown), agentpg._name_hint(v_unknown, v_known, 'settings'));
  end if;

  select s.* into v_row from agentpg.settings s for update;
  v_row := jsonb_populate_record(v_row, changes);
  perform agentpg._check_compaction(v_row.compaction, 'compaction', 'AP116');

  update agentpg.settings s
  set (
    heartbeat_interval, lease_ttl, instance_ttl, poll_interval, max_poll_interval,
    max_model_attempts, model_retry_base, model_retry_cap, max_rescue_attempts,
    leader_ttl, resume_window, resume_spacing,
    tool_max_attempts, tool_retry_jitter, tool_timeout, tool_max_snoozes, tool_deadline, unserved_tool_timeout, approval_timeout,
    batch_max_requests, batch_max_bytes, batch_max_wait, batch_poll_interval, batch_max_poll_interval, batch_settle_time,
    default_max_tokens, max_depth, delegate_max_attempts, max_iterations, max_continuations, continue_prompt,
    max_content_bytes, max_tool_output_bytes, max_tool_media_bytes, max_metadata_bytes, extra_block_names, notifications,
    auto_compaction, compaction, events, event_delta_retention, event_retention, updated_at
  ) = (
    v_row.heartbeat_interval, v_row.lease_ttl, v_row.instance_ttl, v_row.poll_interval, v_row.max_poll_interval,
    v_row.max_model_attempts, v_row.model_retry_base, v_row.model_retry_cap, v_row.max_rescue_attempts,
    v_row.leader_ttl, v_row.resume_window, v_row.resume_spacing,
    v_row.tool_max_attempts, v_row.tool_retry_jitter, v_row.tool_timeout, v_row.tool_max_snoozes, v_row.tool_deadline,
    v_row.unserved_tool_timeout, v_row.approval_timeout, v_row.batch_max_requests, v_row.batch_max_bytes, v_row.batch_max_wait, v_row.batch_poll_interval,
    v_row.batch_max_poll_interval, v_row.batch_settle_time, v_row.default_max_tokens, v_row.max_depth, v_row.delegate_max_attempts, v_row.max_iterations, v_row.max_continuations,
    v_row.continue_prompt, v_row.max_content_bytes, v_row.max_tool_output_bytes, v_row.max_tool_media_bytes, v_row.max_metadata_bytes, v_row.extra_block_names, v_row.notifications,
    v_row.auto_compaction, v_row.compaction, v_row.events, v_row.event_delta_retention, v_row.event_retention, agentpg.now()
  )
  where s.singleton
  returning s.* into v_row;
  return v_row;
exception
  when check_violation or not_null_violation or invalid_text_representation or invalid_datetime_format
    or datetime_field_overflow or numeric_value_out_of_range or invalid_parameter_value
  then
    get stacked diagnostics v_rule = constraint_name;
    perform agentpg._refuse(
      'AP116',
      format('settings refused: %s', sqlerrm),
      case when v_rule <> '' then format('the rule that broke is %s on table agentpg.settings', v_rule) end
    );
    return null;
end
$$;

comment on function agentpg.configure(jsonb) is
  'Changes settings, all or none: an object of column names and values. Returns the whole row. Errors: AP116 for an unknown setting or one that breaks a rule (the rule is named).';

commit;
