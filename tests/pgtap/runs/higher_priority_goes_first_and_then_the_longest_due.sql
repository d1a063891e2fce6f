begin;
select plan(7);

select given_instance();
select given_agent();
select given_agent('opus', model => 'claude-opus-5');
select freeze('2026-11-22 12:00Z');
select given_run('old', session => 's1');
select advance('1 second');
select given_run('new', session => 's2');
select given_run('high', session => 's3', priority => 5);
select given_run('low', session => 's4', priority => -5, scheduled_at => '2026-11-22 11:00Z');
select given_run('higher', session => 's5', priority => 9);
select given_run('opus', session => 's6', agent => 'opus', priority => 7);
select is(claim_one(), 'higher');
select is(claim_one(), 'opus', 'models share one order of priorities');
select is(claim_one(), 'high');
select is(claim_one(), 'old');
select is(claim_one(), 'new');
select is(claim_one(), 'low');
select is(claim_one(), null);

select * from finish();
rollback;
