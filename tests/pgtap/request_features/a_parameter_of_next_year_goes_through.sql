begin;
select plan(4);

select given_instance();
select agentpg.create_agent(name => 'a', model => 'claude-next-1', config => '{
  "effort": "boundless", "thinking": {"type": "dreaming", "depth": 3}, "service_tier": "moonlight", "speed": "plaid",
  "server_tools": [{"type": "time_travel_20271224", "name": "time_travel", "max_uses": 1}], "request": {"humour": {"dry": true}}}');
select remember('agent', 'a', (agentpg.find_agent('a')).id);
select given_run(agent => 'a', options => '{"request": {"sight": [1, null, "x"], "humour": {"wet": false}}}');
select claim_one();
select is(request_of() - array['messages', 'model', 'max_tokens', 'cache_control'], '{
  "output_config": {"effort": "boundless"}, "thinking": {"type": "dreaming", "depth": 3}, "service_tier": "moonlight", "speed": "plaid",
  "tools": [{"type": "time_travel_20271224", "name": "time_travel", "max_uses": 1}], "humour": {"dry": true, "wet": false}, "sight": [1, null, "x"]}');

select given_batch_runs('b');
select refused($$ select given_run('c', agent => 'a', mode => 'batch') $$, 'AP111', 'speed|streaming');
select lives_ok($$ select agentpg.update_agent(agent_id('a'), '{"config": {"effort": "boundless", "request": {"humour": {"dry": true}}}}') $$);
select agentpg.create_run(agentpg.create_session(), agent_id('a'), 'Hello?', mode => 'batch');
select agentpg.cancel_run(run_id('b'));
select is(
  (select r.params - array['messages', 'model', 'max_tokens', 'cache_control'] from agentpg.claim_batch(instance_id(), 1) r),
  '{"output_config": {"effort": "boundless"}, "humour": {"dry": true}}', 'a batch takes it as well'
);

select * from finish();
rollback;
