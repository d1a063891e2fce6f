begin;
select plan(12);

select given_instance('{get_weather}');
select given_agent(tools => '{get_weather}');
select given_run(prompt => 'How is the weather in Oslo?');

select is(claim_one(), 'run', 'the run is claimed under its name');
select is(request_of() #>> '{messages,0,content,0,text}', 'How is the weather in Oslo?', 'the request is at hand');
select is(state_of(), 'streaming');
select is(claim_one(), null, 'there is no other');

select is(answer(reply_tool_use('toolu_1', 'get_weather', '{"city": "Oslo"}')), 1, 'one tool call comes back claimed');
select is(state_of(), 'pending_tools');
select is(tool_state('toolu_1'), 'running');

select is(finish_tool('toolu_1', '"rain"', claim_next => true), 'run', 'the last tool hands out the next request');
select is(tool_state('toolu_1'), 'completed');

select is(answer(reply_text('It rains.')), 0);
select is(state_of(), 'completed');

select ok(freeze('2030-01-01') + '1 hour' = advance('1 hour'), 'the clock stands still and moves when told');

select * from finish();
rollback;
