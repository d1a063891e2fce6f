begin;
select plan(9);

select given_instance();
select given_run('b', mode => 'batch', options => '{"output_schema": {"type": "array", "items": {"type": "integer"}}}');
select advance('1 hour');
select is(gather(), '{b}');
select end_batch();
select is(take(succeeded('b', reply_text('[1, 2', 'max_tokens'))), '(1,0,0)');
select advance('1 hour');
select is(gather(), '{b}', 'what came cut out of a batch goes into the next one');
select is(
  (select b.request -> 'max_tokens' from (select agentpg._build_request(r) as request from agentpg.runs r where r.id = run_id('b')) b), '16384', 'with more room'
);

select agentpg.create_agent(name => 'worker', model => 'claude-sonnet-4-5', config => '{"output_schema": {"type": "object", "properties": {"n": {"type": "integer"}}}}');
select remember('agent', 'worker', (agentpg.find_agent('worker')).id);
select agentpg.create_agent(name => 'manager', model => 'claude-sonnet-4-5', agent_ids => array[agent_id('worker')]);
select remember('agent', 'manager', (agentpg.find_agent('manager')).id);
select given_run('m', session => 'm', agent => 'manager');
select claim_one();
select answer(reply_tool_use('toolu_1', 'worker', '{"task": "Count."}'), 'm');
select remember('run', 'w', (select r.id from agentpg.run_details r where r.parent_run_id = run_id('m')));
select is(claim_one(), 'w');
select answer(reply_text('One.'), 'w');
select is(claim_one(), 'w', 'the delegate is asked again');
select answer(reply_text('{"n": 1}'), 'w');
select is(claim_one(), 'm');
select is(request_of('m') #>> '{messages,2,content,0,content}', '{"n": 1}', 'and its caller sees the good answer alone');
select is((select count(*) from agentpg.run_events e where e.run_id = run_id('w') and e.kind = 'output_repaired'), 1::bigint, 'the stream tells');

select * from finish();
rollback;
