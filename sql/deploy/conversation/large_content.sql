-- Deploy agentpg:conversation/large_content to pg
-- requires: conversation/sessions
-- requires: core/state_machine
begin;

create table agentpg.large_contents (
  id uuid not null default gen_random_uuid(),
  tenant_id text,
  sha256 bytea not null,
  data text not null,
  created_at timestamptz not null default agentpg.now(),
  constraint large_contents_pk primary key (id),
  constraint large_contents_sha256_length check (octet_length(sha256) = 32)
);
comment on table agentpg.large_contents is
  'Insert-only: large strings of messages, such as images, once per tenant. A message holds a reference in the place of the string.';
comment on column agentpg.large_contents.id is
  'What references name. It is random and never leaves the database, so nothing that users or models write is taken for a reference.';

create unique index large_contents_once on agentpg.large_contents ((coalesce(tenant_id, '')), sha256);
comment on index agentpg.large_contents_once is 'Whether a tenant has a string already.';

create trigger large_contents_insert_only
  before update on agentpg.large_contents
  for each row execute function agentpg._refuse_change();
comment on trigger large_contents_insert_only on agentpg.large_contents is 'Messages show what is here.';

create table agentpg.content_releases (
  id bigint generated always as identity,
  content_id uuid not null,
  constraint content_releases_pk primary key (id)
);
comment on table agentpg.content_releases is
  'Strings that a session referred to until it was deleted, for _drop_unreferenced_content to look at: it need not search for them.';

create function agentpg._release_content()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into agentpg.content_releases (content_id) values (old.content_id);
  return null;
end
$$;
comment on function agentpg._release_content() is 'Notes that a string has lost a use. An insert waits for nobody, whoever deletes at the same time.';

create table agentpg.content_uses (
  session_id uuid not null,
  content_id uuid not null,
  constraint content_uses_pk primary key (session_id, content_id),
  constraint content_uses_session_fk foreign key (session_id) references agentpg.sessions (id) on delete cascade,
  constraint content_uses_content_fk foreign key (content_id) references agentpg.large_contents (id)
);
comment on table agentpg.content_uses is
  'Which sessions refer to which large strings, those inherited by a fork included. A session without a row here holds no reference.';

create index content_uses_content on agentpg.content_uses (content_id);
comment on index agentpg.content_uses_content is 'Whether any session still refers to a string.';

create trigger content_uses_release
  after delete on agentpg.content_uses
  for each row execute function agentpg._release_content();
comment on trigger content_uses_release on agentpg.content_uses is 'Whatever deletes a use, the sweep learns of it.';

create function agentpg._drop_unreferenced_content(max_count integer)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_released uuid[];
  v_locked uuid[];
  v_count integer;
begin
  with taken as (
    delete from agentpg.content_releases r
    where r.id in (
      select n.id from agentpg.content_releases n order by n.id limit _drop_unreferenced_content.max_count for update skip locked
    )
    returning r.content_id
  )
  select array_agg(distinct t.content_id) into v_released from taken t;
  v_locked := array(select c.id from agentpg.large_contents c where c.id = any (v_released) for update skip locked);
  -- Another statement than the lock: it sees the uses that were committed up to then.
  delete from agentpg.large_contents c
  where c.id = any (v_locked) and not exists (select from agentpg.content_uses u where u.content_id = c.id);
  get diagnostics v_count = row_count;
  -- Somebody is about to refer to these. Should that transaction fail, they are looked at again.
  insert into agentpg.content_releases (content_id)
  select c.id from agentpg.large_contents c where c.id = any (v_released) and c.id <> all (v_locked);
  return v_count;
end
$$;
comment on function agentpg._drop_unreferenced_content(integer) is
  'Deletes large strings whose last session is gone, and returns how many; looks at no more than max_count releases. Safe at any time, also beside itself.';

create function agentpg._store_content(session_id uuid, tenant_id text, sha256 bytea, data text)
returns uuid
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  v_id uuid;
begin
  -- Locked, so that no sweep deletes it before this use of it is there.
  select c.id into v_id
  from agentpg.large_contents c
  where coalesce(c.tenant_id, '') = coalesce(_store_content.tenant_id, '') and c.sha256 = _store_content.sha256
  for key share;
  if not found then
    -- Who waited here for another transaction that stores the same might wait in a circle, or for its user to commit.
    -- 1,024 locks at most, as they are held to the end of a transaction that may store any number.
    if not pg_try_advisory_xact_lock(1095189585, get_byte(_store_content.sha256, 0) * 4 + get_byte(_store_content.sha256, 1) % 4) then
      return null;
    end if;
    insert into agentpg.large_contents as c (tenant_id, sha256, data)
    values (_store_content.tenant_id, _store_content.sha256, _store_content.data)
    on conflict do nothing
    returning c.id into v_id;
    if v_id is null then
      select c.id into v_id
      from agentpg.large_contents c
      where coalesce(c.tenant_id, '') = coalesce(_store_content.tenant_id, '') and c.sha256 = _store_content.sha256
      for key share;
    end if;
  end if;
  insert into agentpg.content_uses (session_id, content_id)
  select _store_content.session_id, v_id where v_id is not null
  on conflict do nothing;
  return v_id;
end
$$;
comment on function agentpg._store_content(uuid, text, bytea, text) is
  'The id of a large string of this tenant, stored now if it is new, with its use by the session. Null while another transaction is storing the same: the message then keeps the string itself.';

commit;
