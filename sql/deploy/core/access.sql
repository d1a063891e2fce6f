-- Deploy agentpg:core/access to pg
-- requires: maintenance/run_maintenance
-- requires: maintenance/list_instances
-- requires: conversation/delete_session
-- requires: tools/complete_tools
-- requires: views/costs
-- requires: views/prompt_warnings
begin;

revoke all on all functions in schema agentpg from public;
revoke all on all tables in schema agentpg from public;

create function agentpg._functions_for(access text)
returns setof text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select f.name
  from (values
    ('reader', 'get_agent'), ('reader', 'find_agent'), ('reader', 'list_agents'), ('reader', 'list_instances'), ('reader', 'get_session'),
    ('reader', 'list_sessions'), ('reader', 'session_messages'), ('reader', 'export_session'), ('reader', 'export_run'), ('reader', 'whole_content'), ('reader', 'get_run'), ('reader', 'list_runs'),
    ('reader', 'get_response'), ('reader', 'finished_runs'), ('reader', 'run_iterations'), ('reader', 'run_tool_calls'),
    ('reader', 'iteration_tool_calls'), ('reader', 'run_timeline'), ('reader', 'run_tree'), ('reader', 'why_waiting'), ('reader', 'list_approvals'),
    ('reader', 'read_events'), ('reader', 'watch_run'),
    ('reader', 'costs'), ('reader', 'prompt_warnings'), ('reader', 'export_models'), ('reader', '_server_tools_usd'), ('reader', '_token_count'),
    ('reader', 'compaction_defaults'), ('reader', 'session_stats'), ('reader', 'context_to_count'), ('reader', 'needs_compaction'), ('reader', 'plan_compaction'), ('reader', 'list_compactions'),
    ('reader', 'schema_version'), ('reader', 'now'), ('reader', '_content_text'), ('reader', '_iteration_number'), ('reader', '_batch_ratio'), ('reader', '_tool_calls_in'),
    ('client', 'create_agent'), ('client', 'get_or_create_agent'), ('client', 'update_agent'), ('client', 'delete_agent'),
    ('client', 'create_session'), ('client', 'update_session'), ('client', 'fork_session'), ('client', 'delete_session'), ('client', 'import_session'), ('client', 'create_run'), ('client', 'create_runs'), ('client', 'cancel_run'),
    ('client', 'continue_run'), ('client', 'regenerate_run'), ('client', 'set_budget'),
    ('client', 'record_context_count'), ('client', 'compact'), ('client', 'compact_if_needed'), ('client', 'apply_compaction'), ('client', 'restore_compaction'),
    ('client', 'approve_tool'), ('client', 'reject_tool'),
    ('executor', 'register_instance'), ('executor', 'register_tools'), ('executor', 'heartbeat'),
    ('executor', 'deregister_instance'), ('executor', 'claim_runs'), ('executor', 'record_response'), ('executor', 'record_responses'),
    ('executor', 'record_failure'), ('executor', 'record_abandoned'), ('executor', 'release_runs'), ('executor', 'claim_tool_executions'),
    ('executor', 'complete_tool'), ('executor', 'complete_tools'), ('executor', 'fail_tool'), ('executor', 'snooze_tool'), ('executor', 'request_approval'), ('executor', 'release_tools'),
    ('executor', 'claim_batch'), ('executor', 'start_batch_submission'), ('executor', 'record_batch_submitted'),
    ('executor', 'record_batch_error'), ('executor', 'claim_batch_polls'), ('executor', 'claim_batch_cancellations'),
    ('executor', 'record_batch_status'), ('executor', 'record_batch_candidates'), ('executor', 'record_batch_proof'),
    ('executor', 'record_batch_results'), ('executor', 'record_batch_ingested'), ('executor', 'release_batches'),
    ('executor', 'run_maintenance'), ('executor', 'publish_events'),
    ('admin', 'resume_parked'), ('admin', 'abandon_batch'), ('admin', 'configure'), ('admin', 'set_retention'), ('admin', 'apply_retention'), ('admin', 'upsert_models')
  ) as f(access, name)
  where f.access = _functions_for.access or f.access = 'reader' or _functions_for.access = 'admin'
$$;
comment on function agentpg._functions_for(text) is 'The functions that a kind of access may call.';

create function agentpg.grant_access(role_name name, access text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_function regprocedure;
  v_view text;
begin
  if coalesce(access, '') not in ('reader', 'client', 'executor', 'admin') then
    perform agentpg._refuse('AP100', format('access %L is not known', access), 'reader, client, executor or admin');
  end if;
  execute format('grant usage on schema agentpg to %I', role_name);
  for v_function in
    select p.oid::regprocedure
    from pg_catalog.pg_proc p
    join agentpg._functions_for(access) f(name) on f.name = p.proname
    where p.pronamespace = 'agentpg'::regnamespace
  loop
    execute format('grant execute on function %s to %I', v_function, role_name);
  end loop;
  foreach v_view in array array['run_details', 'tool_calls', 'settings', 'models', 'model_prices', 'error_codes', 'state_transitions', 'queues', 'batch_queue', 'batch_progress', 'budget_usage',
    'server_tool_prices', 'cost_by_iteration', 'cost_by_run', 'cost_by_tree', 'cost_by_session', 'cost_by_agent', 'cost_by_tenant', 'cost_by_day', 'retention_policies',
    'invariant_violations'] loop
    execute format('grant select on agentpg.%I to %I', v_view, role_name);
  end loop;
end
$$;
comment on function agentpg.grant_access(name, text) is
  'Lets a role use AgentPG: reader looks; client also creates agents, sessions and runs, cancels, decides on approvals, deletes and imports sessions; executor looks and works on runs; admin does all. A process that does two things needs both grants. Nobody is granted the tables. Run it again after an upgrade. Errors: AP100.';

revoke all on function agentpg._functions_for(text) from public;
revoke all on function agentpg.grant_access(name, text) from public;

commit;
