begin;
select plan(17);

select given_instance();
select given_run();
select claim_one();
select answer(reply_text('One.'));
select advance('10 years');
select is((select count(*) from agentpg.retention_policies where max_age is not null), 0::bigint, 'all is kept for ever');
select is((select count(*) from agentpg.apply_retention() where kind <> 'events'), 0::bigint, 'so nothing is looked at');
select is(maintain() -> 'expired', '{}');
select results_eq(
  $$ select kind, state, older_than, count from agentpg.apply_retention(dry_run => true) where kind <> 'events' $$,
  $$ values ('sessions', 'idle', null::timestamptz, 0::bigint), ('runs', 'cancelled', null, 0), ('runs', 'completed', null, 0),
     ('runs', 'failed', null, 0), ('batches', 'abandoned', null, 0), ('batches', 'ingested', null, 0), ('archives', 'compacted', null, 0) $$,
  'a dry run says so'
);

select is((select count(*) from agentpg.set_retention('runs', '90 days')), 3::bigint, 'of each state, unless one is named');
select results_eq(
  $$ select state, max_age from agentpg.set_retention('runs', '7 days', 'failed') $$, $$ values ('failed', interval '7 days') $$
);
select is((select max_age from agentpg.retention_policies where kind = 'runs' and state = 'completed'), '90 days');
select lives_ok($$ select agentpg.set_retention('runs', null) $$, 'and for ever again');
select is((select count(*) from agentpg.retention_policies where max_age is not null), 0::bigint);

select refused($$ select agentpg.set_retention('session', '1 day') $$, 'AP100', 'sessions');
select refused($$ select agentpg.set_retention('events', '1 day') $$, 'AP100', 'event_retention');
select refused($$ select agentpg.set_retention('runs', '1 day', 'streaming') $$, 'AP100', 'completed');
select refused($$ select agentpg.set_retention('runs', '-1 day') $$, 'AP100', 'null keeps');
select refused($$ select agentpg.set_retention('batches', '1 day') $$, 'AP100', 'two days');
select refused($$ select agentpg.set_retention(null, '1 day') $$, 'AP100', 'sessions');
select throws_ok('select agentpg.apply_retention(0)', 'AP108');
select is((select count(*) from agentpg.runs), 1::bigint);

select * from finish();
rollback;
