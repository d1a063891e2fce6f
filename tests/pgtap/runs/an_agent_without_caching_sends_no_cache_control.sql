begin;
select plan(1);

select given_instance();
select agentpg.create_agent(name => 'a', model => 'claude-sonnet-5', config => '{"prompt_caching": false}');
select remember('agent', 'a', (agentpg.find_agent('a')).id);
select given_run(agent => 'a');
select claim_one();
select is(request_of(), '{"model": "claude-sonnet-5", "max_tokens": 4096, "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello?"}]}]}');

select * from finish();
rollback;
