-- Deploy agentpg:core/state_machine to pg
-- requires: core/errors
-- requires: core/types
begin;

create table agentpg.state_transitions (
  machine text not null,
  from_state text not null,
  to_state text not null,
  meaning text not null,
  constraint state_transitions_pk primary key (machine, from_state, to_state),
  constraint state_transitions_machine_known check (machine in ('run', 'tool_execution', 'batch', 'compaction')),
  constraint state_transitions_state_known check (
    case machine
      when 'run' then from_state::agentpg.run_state is not null and to_state::agentpg.run_state is not null
      when 'batch' then from_state::agentpg.batch_state is not null and to_state::agentpg.batch_state is not null
      when 'compaction' then from_state::agentpg.compaction_state is not null and to_state::agentpg.compaction_state is not null
      else from_state::agentpg.tool_execution_state is not null and to_state::agentpg.tool_execution_state is not null
    end
  )
);
comment on table agentpg.state_transitions is
  'The state machines, written once: triggers enforce them, the documentation diagrams and the tests are made from them.';

insert into agentpg.state_transitions (machine, from_state, to_state, meaning) values
  ('run', 'pending', 'streaming', 'claimed for a streaming model call'),
  ('run', 'pending', 'batch_submitting', 'claimed into a provider batch'),
  ('run', 'pending', 'awaiting_input', 'a limit was met'),
  ('run', 'pending', 'cancelled', 'cancelled before it was claimed'),
  ('run', 'pending', 'failed', 'ended by a limit or a deadline'),
  ('run', 'streaming', 'pending', 'failed attempt retried, lease lost, released, or continued by itself'),
  ('run', 'streaming', 'pending_tools', 'the model called tools'),
  ('run', 'streaming', 'awaiting_input', 'stopped short: max_tokens, a full context window, an unknown stop reason'),
  ('run', 'streaming', 'completed', 'the model finished'),
  ('run', 'streaming', 'cancelled', 'cancelled while streaming'),
  ('run', 'streaming', 'failed', 'the model call failed for good'),
  ('run', 'batch_submitting', 'pending', 'the batch was given up before the provider had it'),
  ('run', 'batch_submitting', 'batch_pending', 'the provider accepted the batch'),
  ('run', 'batch_submitting', 'cancelled', 'cancelled while being submitted'),
  ('run', 'batch_submitting', 'failed', 'the provider refused the request for good'),
  ('run', 'batch_pending', 'batch_processing', 'the provider reported progress'),
  ('run', 'batch_pending', 'pending', 'expired or errored in the batch and retried, or continued by itself'),
  ('run', 'batch_pending', 'pending_tools', 'the model called tools'),
  ('run', 'batch_pending', 'awaiting_input', 'stopped short'),
  ('run', 'batch_pending', 'completed', 'the model finished'),
  ('run', 'batch_pending', 'cancelled', 'cancelled while the provider holds it'),
  ('run', 'batch_pending', 'failed', 'errored in the batch for good'),
  ('run', 'batch_processing', 'pending', 'expired or errored in the batch and retried, or continued by itself'),
  ('run', 'batch_processing', 'pending_tools', 'the model called tools'),
  ('run', 'batch_processing', 'awaiting_input', 'stopped short'),
  ('run', 'batch_processing', 'completed', 'the model finished'),
  ('run', 'batch_processing', 'cancelled', 'cancelled while the provider holds it'),
  ('run', 'batch_processing', 'failed', 'errored in the batch for good'),
  ('run', 'pending_tools', 'pending', 'the last open tool execution ended'),
  ('run', 'pending_tools', 'streaming', 'the last open tool execution ended and its worker goes on'),
  ('run', 'pending_tools', 'awaiting_input', 'the last open tool execution ended and a limit was met'),
  ('run', 'pending_tools', 'cancelled', 'cancelled while tools were open'),
  ('run', 'pending_tools', 'failed', 'ended by a limit or a deadline'),
  ('run', 'awaiting_input', 'pending', 'continued'),
  ('run', 'awaiting_input', 'completed', 'accepted as it is: the session moved on'),
  ('run', 'awaiting_input', 'cancelled', 'cancelled instead of continued'),
  ('run', 'awaiting_input', 'failed', 'ended by a deadline'),
  ('tool_execution', 'pending', 'running', 'claimed'),
  ('tool_execution', 'pending', 'failed', 'nobody offers the tool, or a deadline passed'),
  ('tool_execution', 'pending', 'skipped', 'the run ended first'),
  ('tool_execution', 'pending', 'completed', 'answered without a worker'),
  ('tool_execution', 'awaiting_approval', 'pending', 'approved'),
  ('tool_execution', 'awaiting_approval', 'running', 'approved: the delegate starts'),
  ('tool_execution', 'awaiting_approval', 'failed', 'rejected or expired'),
  ('tool_execution', 'awaiting_approval', 'skipped', 'the run ended first'),
  ('tool_execution', 'running', 'pending', 'retried, snoozed, released or lease lost'),
  ('tool_execution', 'running', 'awaiting_approval', 'its worker asks for approval'),
  ('tool_execution', 'running', 'completed', 'the tool answered'),
  ('tool_execution', 'running', 'failed', 'the tool failed for good'),
  ('tool_execution', 'running', 'skipped', 'the run ended first'),
  ('batch', 'gathered', 'submitting', 'a worker begins to send it'),
  ('batch', 'gathered', 'submitted', 'the answer to an earlier sending came late'),
  ('batch', 'gathered', 'abandoned', 'parked, or all its members left'),
  ('batch', 'submitting', 'gathered', 'the provider refused it, or it was not sent; sent again later'),
  ('batch', 'submitting', 'unknown', 'its worker was lost, or no answer came'),
  ('batch', 'submitting', 'submitted', 'the provider accepted it'),
  ('batch', 'submitting', 'abandoned', 'the provider refuses the key, the bill or its only member'),
  ('batch', 'unknown', 'gathered', 'the provider has no such batch'),
  ('batch', 'unknown', 'submitted', 'found at the provider, or the answer came late'),
  ('batch', 'unknown', 'abandoned', 'given up by a person'),
  ('batch', 'submitted', 'ended', 'the provider is done'),
  ('batch', 'submitted', 'abandoned', 'gone at the provider, or given up by a person'),
  ('batch', 'ended', 'ingested', 'all results are taken over'),
  ('batch', 'ended', 'abandoned', 'its results are gone, or given up by a person'),
  ('batch', 'abandoned', 'submitted', 'the provider had accepted it after all: cancelled, its late results count as usage'),
  ('compaction', 'summarizing', 'ready', 'summarized while a turn is active'),
  ('compaction', 'summarizing', 'applied', 'summarized'),
  ('compaction', 'summarizing', 'failed', 'no summary came'),
  ('compaction', 'summarizing', 'abandoned', 'its run ended, or the session changed under it'),
  ('compaction', 'ready', 'applied', 'the active turn ended'),
  ('compaction', 'ready', 'abandoned', 'the session changed under it');

create function agentpg._guard_state()
returns trigger
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (
    select from agentpg.state_transitions t
    where t.machine = tg_argv[0] and t.from_state = old.state::text and t.to_state = new.state::text
  ) then
    perform agentpg._refuse(
      'AP200',
      format('a %s cannot go from %s to %s', replace(tg_argv[0], '_', ' '), old.state, new.state),
      'table agentpg.state_transitions lists what is allowed',
      jsonb_build_object(tg_argv[0] || '_id', old.id, 'from', old.state, 'to', new.state)
    );
  end if;
  return new;
end
$$;
comment on function agentpg._guard_state() is
  'Trigger: refuses (AP200) any state change that agentpg.state_transitions does not list. Argument: the machine.';

create function agentpg._guard_first_state()
returns trigger
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._refuse(
    'AP200',
    format('a %s cannot be created as %s', replace(tg_argv[0], '_', ' '), new.state),
    null,
    jsonb_build_object(tg_argv[0] || '_id', new.id, 'to', new.state)
  );
  return null;
end
$$;
comment on function agentpg._guard_first_state() is
  'Trigger: refuses (AP200) a row that is born in a state no row may be born in; the trigger''s WHEN clause says which.';

create function agentpg._refuse_change()
returns trigger
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._refuse(
    'AP200', format('rows of %I.%I are never changed', tg_table_schema, tg_table_name)
  );
  return null;
end
$$;
comment on function agentpg._refuse_change() is 'Trigger: refuses (AP200) updates of insert-only tables.';

commit;
