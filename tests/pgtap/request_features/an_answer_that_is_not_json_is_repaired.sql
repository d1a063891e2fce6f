begin;
select plan(17);

select given_instance();
create function pg_temp.ask(name text, options jsonb default '{}') returns void language plpgsql as $$
begin
  perform given_run(ask.name, session => ask.name, options => '{"output_schema": {"type": "object", "properties": {"n": {"type": "integer"}}}}' || ask.options);
  perform claim_one();
end
$$;
select pg_temp.ask('a');
select answer(reply_text('Sure: {"n": 1}'), 'a');
create temporary table before as select everything() as all_of_it;
select is(answer(reply_text('Sure: {"n": 1}'), 'a'), 0, 'an answer recorded again');
select is(everything(), (select b.all_of_it from before b), 'is repaired once');
select is(claim_one(), 'a', 'the model is asked again');
select is(
  jsonb_path_query_array(request_of('a'), '$.messages[*].content[*].text'),
  '["Hello?", "Sure: {\"n\": 1}", "That is not valid JSON. Answer again, with nothing but JSON that fits the output schema."]', 'and told why'
);
select answer(reply_text(' {"n": 1}'), 'a');
select is((select row(g.state, g.stop_reason, g.text)::text from agentpg.get_response(run_id('a')) g), '(completed,end_turn," {""n"": 1}")');
select is((select count(*) from agentpg.output_repairs), 1::bigint);

select pg_temp.ask('b');
select answer(reply_blocks('[]', 'end_turn'), 'b');
select is(claim_one(), 'b', 'nothing is not JSON either');
select answer(reply_text('Sorry.'), 'b');
select is((select row(g.state, g.stop_reason, g.text)::text from agentpg.get_response(run_id('b')) g), '(completed,end_turn,Sorry.)', 'one repair, and the run ends with what it has');

select pg_temp.ask('c', '{"output_repairs": 0}');
select answer(reply_text('Sure.'), 'c');
select is(state_of('c'), 'completed', 'no repairs were wanted');
select pg_temp.ask('d', '{"max_iterations": 1}');
select answer(reply_text('Sure.'), 'd');
select is(state_of('d'), 'completed', 'max_iterations holds for repairs');

select pg_temp.ask('e');
select answer(reply_blocks('[{"type": "text", "text": "I look it up. "}, {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
  {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}, {"type": "text", "text": "{\"n\":"}, {"type": "text", "text": " 2}"}]'), 'e');
select is(state_of('e'), 'completed', 'the output is the text that the answer ends with');
select pg_temp.ask('f');
select answer(reply_text('{"n": "\u0000"}'), 'f');
select is(state_of('f'), 'completed', 'an escaped NUL is JSON');

select pg_temp.ask('g');
select answer(reply_blocks('[{"type": "text", "text": "I will not"}]', 'refusal'), 'g');
select is(claim_one(), 'g', 'a refusal is asked once more');
select is(jsonb_array_length(request_of('g') -> 'messages'), 1, 'as it was');
select answer(reply_blocks('[]', 'refusal'), 'g');
select is((select row(g.state, g.stop_reason)::text from agentpg.get_response(run_id('g')) g), '(completed,refusal)');

select given_run('h', session => 'h');
select claim_one();
select answer(reply_text('No schema.'), 'h');
select is(state_of('h'), 'completed', 'without a schema anything will do');
select is(
  (select string_agg(o.reason, ' ' order by o.created_at, o.run_id) from agentpg.output_repairs o), 'not_json not_json refused'
);

select * from finish();
rollback;
