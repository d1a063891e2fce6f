-- Deploy agentpg:core/errors to pg
-- requires: core/schema
begin;

create table agentpg.error_codes (
  sqlstate text not null,
  name text not null,
  meaning text not null,
  constraint error_codes_pk primary key (sqlstate),
  constraint error_codes_name_unique unique (name),
  constraint error_codes_private_class check (sqlstate ~ '^AP[0-9]{3}$')
);
comment on table agentpg.error_codes is
  'Every refusal a client must tell apart, with its private SQLSTATE. Reference data; the engine raises nothing else on purpose.';

insert into agentpg.error_codes (sqlstate, name, meaning) values
  ('AP001', 'agent_not_found', 'No agent has this id, or this name and metadata.'),
  ('AP002', 'session_not_found', 'No session has this id.'),
  ('AP003', 'run_not_found', 'No run has this id.'),
  ('AP004', 'iteration_not_found', 'No iteration has this id.'),
  ('AP005', 'tool_execution_not_found', 'No tool execution has this id.'),
  ('AP006', 'tool_not_found', 'The agent lists a tool that nobody has registered.'),
  ('AP007', 'instance_not_found', 'No instance has this id: it never registered, or was removed after a long silence.'),
  ('AP008', 'agent_deleted', 'The agent was deleted; new runs are refused.'),
  ('AP009', 'batch_not_found', 'No batch has this id.'),
  ('AP010', 'agent_exists', 'An agent with this name and metadata exists.'),
  ('AP011', 'idempotency_conflict', 'The idempotency key was used for a different request.'),
  ('AP012', 'delegate_not_found', 'An agent lists a delegate that does not exist, was deleted, or belongs to another tenant.'),
  ('AP013', 'cyclic_delegation', 'An agent would delegate to itself, directly or through others.'),
  ('AP100', 'invalid_argument', 'An argument is missing or makes no sense.'),
  ('AP101', 'unknown_option', 'A run option has an unknown key.'),
  ('AP102', 'empty_prompt', 'A run needs a prompt or content.'),
  ('AP103', 'invalid_content', 'Content is not an array of valid content blocks.'),
  ('AP104', 'invalid_metadata', 'Metadata is not a JSON object.'),
  ('AP105', 'content_too_large', 'The input exceeds a configured size limit.'),
  ('AP106', 'invalid_tool_schema', 'A tool''s input_schema is not a JSON Schema object with type "object".'),
  ('AP107', 'invalid_tool_name', 'A tool name must match ^[a-zA-Z0-9_-]{1,64}$.'),
  ('AP108', 'invalid_limit', 'A limit must be positive.'),
  ('AP109', 'invalid_approval', 'What says when a tool call needs approval has the wrong shape, or names a function that may not decide it.'),
  ('AP110', 'sampling_not_supported', 'The model takes no temperature, top_p or top_k.'),
  ('AP111', 'invalid_option', 'A run option has a value of the wrong kind.'),
  ('AP112', 'invalid_name', 'A name is empty or too long.'),
  ('AP113', 'invalid_config', 'An agent''s config has an unknown key or a wrong value.'),
  ('AP114', 'invalid_variables', 'Variables are not a JSON object.'),
  ('AP115', 'invalid_response', 'What was recorded is not a Messages API response.'),
  ('AP116', 'invalid_settings', 'A setting is unknown or breaks a rule.'),
  ('AP200', 'invalid_transition', 'The state machine has no such transition.'),
  ('AP201', 'run_already_finalized', 'The run has ended.'),
  ('AP202', 'run_cancelled', 'The run was cancelled.'),
  ('AP210', 'lease_lost', 'The lease token is stale: the work was released, finished or given to somebody else.'),
  ('AP211', 'instance_fenced', 'A newer incarnation of this instance took over.'),
  ('AP220', 'approval_not_requested', 'The tool call was never asked about.'),
  ('AP221', 'approval_already_decided', 'The tool call was decided otherwise before, or nobody decided it in time.'),
  ('AP222', 'input_changed', 'The input of the tool call is not the one that the person saw.'),
  ('AP900', 'not_supported', 'This version does not support what was asked.');

create function agentpg._refuse(
  sqlstate text,
  message text,
  hint text default null,
  ids jsonb default null
)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using
    errcode = _refuse.sqlstate,
    message = _refuse.message,
    hint = coalesce(_refuse.hint, ''),
    detail = coalesce(_refuse.ids::text, '');
end
$$;
comment on function agentpg._refuse(text, text, text, jsonb) is
  'Raises an error of the private class; detail carries the ids involved as JSON, hint the fix.';

commit;
