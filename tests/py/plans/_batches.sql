-- Beside the million: 10,000 batches that are over, of ten requests each; twenty at the provider and one whose results are
-- being read, of a thousand requests each. Of the twenty, one has lost all its members and one half of them.
set session_replication_role = replica;
set synchronous_commit = off;

create function pg_temp.id(kind text, n bigint) returns uuid language sql immutable as
$$ select (kind || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
-- The last four digits of a run's id are 0, those of an iteration's id its number.
create function pg_temp.run_id(n bigint) returns uuid language sql immutable as $$ select pg_temp.id('00000001', n << 16) $$;
create function pg_temp.call_id(n bigint) returns uuid language sql immutable as $$ select pg_temp.id('00000001', (n << 16) + 1) $$;

insert into agentpg.batches (
  id, state, provider_batch_id, status, request_count, request_bytes, submission_token, submissions, created_at,
  submission_started_at, submitted_at, expires_at, ended_at, closed_at
)
select pg_temp.id('00000006', n), 'ingested', 'over_' || n, 'ended', 10, 10000, pg_temp.id('00000006', n), 1, t.at, t.at, t.at,
  t.at + interval '1 day', t.at + interval '1 hour', t.at + interval '1 hour'
from generate_series(1, 10000) n
cross join lateral (select now() - interval '30 days' + n * interval '1 minute' as at) t;
insert into agentpg.batch_members (batch_id, ordinal, run_id, iteration_id, settled_at, result_type, withdrawn_at)
select pg_temp.id('00000006', b), m, pg_temp.run_id(b * 10 + m), pg_temp.call_id(b * 10 + m), now(), 'succeeded',
  case when m = 1 then now() end
from generate_series(1, 10000) b, generate_series(1, 10) m;

insert into agentpg.batches (
  id, state, provider_batch_id, status, request_count, request_bytes, submission_token, submissions, created_at,
  submission_started_at, submitted_at, expires_at, next_poll_at, ended_at, lease_token, claimed_by, lease_expires_at
)
select pg_temp.id('00000006', 20000 + n), case n when 21 then 'ended' else 'submitted' end::agentpg.batch_state, 'open_' || n,
  'in_progress', 1000, 1000000, pg_temp.id('00000006', n), 1, now(), now(), now(), now() + interval '1 day',
  now() - n * interval '1 second', case n when 21 then now() end,
  case n when 21 then pg_temp.id('00000006', 21) end, case n when 21 then pg_temp.id('000000a3', 1) end,
  case n when 21 then now() + interval '1 day' end
from generate_series(1, 21) n;
insert into agentpg.batch_members (batch_id, ordinal, run_id, iteration_id, withdrawn_at)
select pg_temp.id('00000006', 20000 + b), m, pg_temp.id('00000007', b * 1000 + m), pg_temp.id('00000007', b * 1000 + m),
  case when b = 1 or b = 2 and m > 500 then now() end
from generate_series(1, 20) b, generate_series(1, 1000) m;
insert into agentpg.batch_members (batch_id, ordinal, run_id, iteration_id)
select pg_temp.id('00000006', 20021), m, pg_temp.run_id(1030000 + m), pg_temp.call_id(1030000 + m)
from generate_series(1, 1000) m;
update agentpg.runs r
set state = 'batch_processing', batch_id = pg_temp.id('00000006', 20021), batch_ordinal = m
from generate_series(1, 1000) m
where r.id = pg_temp.run_id(1030000 + m);
insert into agentpg.messages (session_id, seq, role, content, run_id)
select r.session_id, 1, 'user', '[{"type": "text", "text": "Hello?"}]', r.id
from agentpg.runs r
where r.state = 'batch_processing';
analyze agentpg.runs, agentpg.batches, agentpg.batch_members;
