begin;
select plan(14);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run('asks', session => 'one');
select given_run('ends', session => 'two');
select given_run('stops', session => 'three');
select claim_one() from generate_series(1, 3);
create function pg_temp.group_of(responses jsonb, max_tools integer[] default '{9,9,9}', said jsonb default null)
returns table (place integer, claims agentpg.tool_claim[])
language sql volatile as $$
  select * from agentpg.record_responses(
    array[iteration_id('asks'), iteration_id('ends'), iteration_id('stops')], array[run_lease('asks'), run_lease('ends'), run_lease('stops')],
    responses, '{req_1,req_2,req_3}', max_tools, said)
$$;

select refused($$select * from pg_temp.group_of('[{}, {}]')$$, 'AP108');
select refused($$select * from pg_temp.group_of('{}')$$, 'AP108');
select refused($$select * from pg_temp.group_of(null)$$, 'AP108');
select refused($$select * from pg_temp.group_of('[{}, {}, {}]', '{1}')$$, 'AP108');
select refused($$select * from agentpg.record_responses(array[iteration_id('asks'), iteration_id('asks')], array[null, null]::uuid[], '[1, 2]', '{a,b}', '{1,1}')$$, 'AP108');
select refused($$select * from agentpg.record_responses(array(select gen_random_uuid() from generate_series(1, 1001)), array_fill(null::uuid, '{1001}'),
  (select jsonb_agg(n) from generate_series(1, 1001) n), array_fill(null::text, '{1001}'), array_fill(null::integer, '{1001}'))$$, 'AP108', 'at most 1,000');
select refused($$select * from pg_temp.group_of('[1, 2, 3]', said => '[[], null]')$$, 'AP108');
select refused($$select * from pg_temp.group_of('[1, 2, 3]', said => '{}')$$, 'AP108');
select is_empty($$select * from pg_temp.group_of(jsonb_build_array(reply_text('a'), reply_text('b'), reply_text('c')), said => '[{}, [1], [{"kind": "run_ended"}]]')$$,
  'what is not said in pieces is left to record_response, which refuses it');
select is_empty($$select * from pg_temp.group_of('[null, 7, {"role": "assistant", "content": 5, "stop_reason": "end_turn"}]')$$, 'what is no answer is left');

create temporary table done as
select * from pg_temp.group_of(jsonb_build_array(
  reply_tool_use('toolu_1', 'lookup', '{"n": 1}'), reply_text('Bye.'), reply_text('Half', 'max_tokens')),
  said => '[null, [{"kind": "text", "data": {"text": "B"}}, {"kind": "text", "data": {"text": "ye."}}], []]');
select results_eq('select d.place, cardinality(d.claims) from done d order by d.place', 'values (1, 1), (2, 0)', 'the third is no everyday step');
select is(array[state_of('asks'), state_of('ends'), state_of('stops')]::text, '{pending_tools,completed,streaming}');
select results_eq('select c.tool_use_id, c.tool_name, c.input, c.attempt, c.run_id from done d, unnest(d.claims) c',
  $$ values ('toolu_1', 'lookup', '{"n": 1}'::jsonb, 1, run_id('asks')) $$);
select is(format('%s %s %s', kinds('asks'), kinds('ends'), kinds('stops')),
  '{model_call_finished,tool_started} {text,text,model_call_finished,run_ended} {}', 'with what the model said last');

select * from finish();
rollback;
