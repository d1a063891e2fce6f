-- Deploy agentpg:tools/tool_approvals to pg
-- requires: tools/tool_executions
begin;

create table agentpg.tool_approvals (
  tool_execution_id uuid not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  reason text not null,
  lease_token uuid,
  input_hash text not null,
  decision text,
  decided_at timestamptz,
  decided_by text,
  decided_role text,
  note text,
  edited_input jsonb,
  constraint tool_approvals_pk primary key (tool_execution_id),
  constraint tool_approvals_execution_fk foreign key (tool_execution_id) references agentpg.tool_executions (id),
  constraint tool_approvals_decision_known check (decision in ('approved', 'rejected', 'expired')),
  constraint tool_approvals_decided_at_iff_decided check ((decided_at is not null) = (decision is not null)),
  constraint tool_approvals_decided_by_iff_by_a_person check (
    num_nonnulls(decided_by, decided_role) = case when decision in ('approved', 'rejected') then 2 else 0 end
  ),
  constraint tool_approvals_edited_only_when_approved check (
    edited_input is null or (decision is not distinct from 'approved' and jsonb_typeof(edited_input) = 'object')
  )
);
comment on table agentpg.tool_approvals is
  'One row for each tool call that waits or waited for a person. The input itself is the tool_use block of the transcript, which never changes.';
comment on column agentpg.tool_approvals.reason is 'Who or what asked, in words.';
comment on column agentpg.tool_approvals.lease_token is 'Of the worker that asked, so that its repeated request is recognised; null when the engine asked.';
comment on column agentpg.tool_approvals.input_hash is 'SHA-256 of the input as the model gave it.';
comment on column agentpg.tool_approvals.decision is 'Null while it waits, and when the run ended before anybody decided.';
comment on column agentpg.tool_approvals.decided_by is 'Who decided, as the caller says; the database role when it says nothing.';
comment on column agentpg.tool_approvals.decided_role is 'The database role that called.';
comment on column agentpg.tool_approvals.edited_input is 'What the tool gets in place of the model''s input, when the person changed it.';

create function agentpg._input_hash(input jsonb)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select encode(sha256(convert_to(input::text, 'UTF8')), 'hex')
$$;
comment on function agentpg._input_hash(jsonb) is 'Names an input: equal JSON has one hash.';

create function agentpg._input_of(execution agentpg.tool_executions)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_input jsonb;
begin
  select m.content -> execution.block_index -> 'input' into v_input
  from agentpg.run_inputs i
  join agentpg.messages m on m.session_id = i.session_id and m.seq = execution.message_seq
  where i.run_id = execution.run_id;
  return coalesce(v_input, '{}');
end
$$;
comment on function agentpg._input_of(agentpg.tool_executions) is 'The input of a tool call as the model gave it.';

create function agentpg._announce_approval(execution agentpg.tool_executions)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._notify('agentpg_approval_requested', jsonb_build_object(
    'execution_id', execution.id, 'run_id', execution.run_id, 'tool_name', execution.tool_name
  ), true, 'none');
end
$$;
comment on function agentpg._announce_approval(agentpg.tool_executions) is 'Channel agentpg_approval_requested: past the gate, because people wait for it.';

create function agentpg._with_edit(execution agentpg.tool_executions, content jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_note text;
begin
  select 'A person changed the input of this call before it was carried out. It was called with: ' || agentpg._cut_text(a.edited_input::text, s.max_tool_output_bytes)
  into v_note
  from agentpg.tool_approvals a, agentpg.settings s
  where a.tool_execution_id = execution.id and a.edited_input is not null;
  if v_note is null then
    return content;
  elsif jsonb_typeof(content) = 'array' then
    return jsonb_build_array(jsonb_build_object('type', 'text', 'text', v_note)) || content;
  end if;
  return to_jsonb(concat_ws(E'\n\n', v_note, nullif(content #>> '{}', '')));
end
$$;
comment on function agentpg._with_edit(agentpg.tool_executions, jsonb) is
  'The result of a tool call, after the changed input where a person changed it: the model must not take it for the answer to what it asked.';

commit;
