-- Deploy agentpg:core/types to pg
-- requires: core/schema
begin;

create type agentpg.run_mode as enum (
  'batch',      -- Message Batches API: half price, minutes to hours
  'streaming'   -- Messages API over SSE: at once
);
comment on type agentpg.run_mode is 'Which Claude API serves the model calls of a run.';

create type agentpg.run_state as enum (
  'pending',           -- waits to be claimed (or for its turn in the session, or its time)
  'batch_submitting',  -- a worker holds it and is handing it to the provider
  'batch_pending',     -- the provider accepted the batch
  'batch_processing',  -- the provider reported the batch in progress
  'streaming',         -- a worker holds it and is calling Claude
  'pending_tools',     -- waits for tool executions
  'awaiting_input',    -- stopped short; a person or program continues it
  'completed',
  'cancelled',
  'failed'
);
comment on type agentpg.run_state is
  'Life of a run. Allowed transitions: table agentpg.state_transitions, machine ''run''.';

create type agentpg.tool_execution_state as enum (
  'pending',            -- waits for a worker that offers the tool
  'awaiting_approval',  -- waits for a person
  'running',            -- a worker holds it
  'completed',
  'failed',
  'skipped'             -- its run ended first
);
comment on type agentpg.tool_execution_state is
  'Life of a tool execution. Allowed transitions: table agentpg.state_transitions, machine ''tool_execution''.';

create type agentpg.message_role as enum ('user', 'assistant', 'system');
comment on type agentpg.message_role is 'Who speaks in a message, as in the Messages API.';

create type agentpg.batch_status as enum ('in_progress', 'canceling', 'ended');
comment on type agentpg.batch_status is 'processing_status of a provider batch, as in the Message Batches API.';

create type agentpg.batch_state as enum (
  'gathered',    -- its members are chosen; nothing was sent
  'submitting',  -- a worker may be sending it
  'unknown',     -- it was perhaps sent: its worker was lost, or no answer came
  'submitted',   -- the provider has it
  'ended',       -- the provider is done; results wait to be taken over
  'ingested',    -- all results are taken over
  'abandoned'    -- given up: its members wait for another batch
);
comment on type agentpg.batch_state is
  'Life of a batch on our side. Allowed transitions: table agentpg.state_transitions, machine ''batch''.';

create type agentpg.compaction_state as enum (
  'summarizing',  -- waits for the summary that a model writes
  'ready',        -- waits for the active turn of its session to end
  'applied',
  'failed',       -- no summary came
  'abandoned'     -- its run ended, or the session changed under it
);
comment on type agentpg.compaction_state is
  'Life of a compaction. Allowed transitions: table agentpg.state_transitions, machine ''compaction''.';

commit;
