begin;
select plan(5);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_agent();
select given_agent('own'), given_agent('none');
select agentpg.update_agent(agent_id('own'), '{"config": {"request": {"cache_control": {"type": "ephemeral", "ttl": "5m"}}}}');
select agentpg.update_agent(agent_id('none'), '{"config": {"prompt_caching": false}}');
select given_batch_runs('auto');
select given_run(n, session => n, agent => n, mode => 'batch') from unnest('{own,none}'::text[]) n;
select gather();
select is(batch_request_of('auto') -> 'cache_control', '{"type": "ephemeral", "ttl": "1h"}');
select is(batch_request_of('own') -> 'cache_control', '{"type": "ephemeral", "ttl": "5m"}', 'what a person asked for stays');
select is(batch_request_of('none') -> 'cache_control', null, 'who wants none gets none');
select given_run('streamed', session => 'streamed'), claim_one();
select is(request_of('streamed') -> 'cache_control', '{"type": "ephemeral"}', 'a streamed request is as it was');
select is(batch_request_of('auto') - 'cache_control', request_of('streamed') - 'cache_control' || '{"messages": [{"role": "user", "content": [{"type": "text", "text": "auto"}]}]}',
  'and they are equal otherwise');

select * from finish();
rollback;
