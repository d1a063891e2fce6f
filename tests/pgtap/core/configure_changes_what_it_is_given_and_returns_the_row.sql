begin;
select plan(5);

select is((agentpg.configure('{}')).lease_ttl, interval '20 seconds', 'an empty change returns the row');
select is(
  (select row(c.lease_ttl, c.tool_max_attempts, c.max_iterations)::text
   from agentpg.configure('{"lease_ttl": "1 minute", "tool_max_attempts": 5}') c),
  '(00:01:00,5,100)', 'named settings change, others do not'
);
select is((select s.lease_ttl from agentpg.settings s), interval '1 minute', 'the table says so too');
select is((select s.updated_at from agentpg.settings s) > agentpg.now() - interval '1 minute', true, 'and when');
select lives_ok($$ select agentpg.configure('{"heartbeat_interval": "1 minute", "lease_ttl": "2 minutes"}') $$, 'settings that depend on each other change together');

select * from finish();
rollback;
