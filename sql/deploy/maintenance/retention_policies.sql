-- Deploy agentpg:maintenance/retention_policies to pg
-- requires: core/configure
-- requires: core/validation
begin;

create table agentpg.retention_policies (
  kind text not null,
  state text not null,
  max_age interval,
  walked_to uuid,
  updated_at timestamptz not null default agentpg.now(),
  constraint retention_policies_pk primary key (kind, state),
  constraint retention_policies_known check (
    case kind
      when 'sessions' then state = 'idle'
      when 'runs' then state in ('completed', 'failed', 'cancelled')
      when 'archives' then state = 'compacted'
      when 'batches' then state in ('ingested', 'abandoned')
      else false
    end
  ),
  constraint retention_policies_age_not_negative check (max_age >= '0'),
  constraint retention_policies_batches_outlive_the_provider check (kind <> 'batches' or max_age >= '2 days')
);
comment on table agentpg.retention_policies is
  'How long things are kept, by kind and state. Change it with agentpg.set_retention().';
comment on column agentpg.retention_policies.state is
  'sessions: idle; runs: how they ended; archives: compacted, the messages that a summary stands for; batches: how they ended.';
comment on column agentpg.retention_policies.max_age is
  'Since the last change of a session, the end of a run or batch, the compaction. Null: for ever, which is what all begin with.';
comment on column agentpg.retention_policies.walked_to is
  'The last row that was looked at: each call looks at a bounded number, in the order of their ids, and begins anew at the end.';

insert into agentpg.retention_policies (kind, state) values
  ('sessions', 'idle'), ('runs', 'completed'), ('runs', 'failed'), ('runs', 'cancelled'),
  ('archives', 'compacted'), ('batches', 'ingested'), ('batches', 'abandoned');

create function agentpg.set_retention(kind text, max_age interval, state text default null)
returns setof agentpg.retention_policies
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_known text[];
begin
  select array_agg(distinct p.kind) into v_known from agentpg.retention_policies p;
  if coalesce(set_retention.kind, '') <> all (v_known) then
    perform agentpg._refuse('AP100', format('there is no retention of %s', coalesce(quote_literal(set_retention.kind), 'null')),
      case when set_retention.kind like '%event%'
        then 'agentpg.configure(''{"event_retention": "7 days", "event_delta_retention": "10 minutes"}'')'
        else agentpg._name_hint(coalesce(set_retention.kind, ''), v_known, 'kinds') end);
  end if;
  select array_agg(p.state) into v_known from agentpg.retention_policies p where p.kind = set_retention.kind;
  if set_retention.state <> all (v_known) then
    perform agentpg._refuse('AP100', format('%s are not retained by state %L', set_retention.kind, set_retention.state),
      agentpg._name_hint(set_retention.state, v_known, 'states'));
  end if;
  if set_retention.max_age < '0' or not isfinite(agentpg.now() - set_retention.max_age) then
    perform agentpg._refuse('AP100', format('max_age is %s', set_retention.max_age), 'an interval from 0 on; null keeps for ever');
  elsif set_retention.kind = 'batches' and set_retention.max_age < '2 days' then
    perform agentpg._refuse('AP100', format('max_age of batches is %s', set_retention.max_age),
      'two days at least: until then the provider may still answer');
  end if;
  return query
  update agentpg.retention_policies p
  set max_age = set_retention.max_age, walked_to = null, updated_at = agentpg.now()
  where p.kind = set_retention.kind and (set_retention.state is null or p.state = set_retention.state)
  returning p.*;
end
$$;
comment on function agentpg.set_retention(text, interval, text) is
  'Sets how long things of a kind are kept, those in one state or in any: sessions (idle), runs (completed, failed, cancelled), archives (compacted), batches (ingested, abandoned). Null keeps them for ever. The maintenance deletes what is older, a bounded number at a time; agentpg.apply_retention(dry_run => true) says beforehand what that is. Returns the policies. Errors: AP100.';

commit;
