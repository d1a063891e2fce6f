begin;
select plan(17);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
create function pg_temp.refused_said(said jsonb) returns text language sql as
$$ select refused(format('select * from agentpg.record_response(%L, %L, %L, said => %L)', iteration_id(), run_lease(), reply_text('Yes.'), said), 'AP100') $$;

select given_run();
select claim_one();
select pg_temp.refused_said('{}');
select pg_temp.refused_said('[1]');
select pg_temp.refused_said('[{"kind": "run_ended"}]');
select pg_temp.refused_said('[{"kind": "text", "data": 1}]');
select is(state_of(), 'streaming', 'what is refused changes nothing');
select say('Let ');
select is(answer(reply_tool_use('toolu_1', 'lookup'), said => '[{"kind": "thinking", "data": {"text": "Hm."}}, {"kind": "text", "data": {"text": "me see."}}]'), 1);
select is(kinds(), '{text,thinking,text,model_call_finished,tool_started}', 'before the end of the call');
select is(event_data('text'), '{"text": "me see."}');
select is((select array_agg(e.iteration_id = i.id) from agentpg.read_events(run_id()) e, agentpg.iterations i
  where e.kind in ('text', 'thinking')), '{t,t,t}', 'as a part of the call that said it');
select lives_ok($$select answer(reply_tool_use('toolu_1', 'lookup'), said => '[{"kind": "text", "data": {"text": "Again."}}]')$$);
select is(cardinality(kinds()), 5, 'a repeated call says nothing');
select finish_tool('toolu_1', '"found"', claim_next => true);
select answer(reply_text('It is x.'), said => '[{"kind": "text", "data": {"text": "It is x."}}, {"kind": "gap"}]');
select is(kinds(after => 6), '{text,gap,model_call_finished,run_ended}', 'of the last call too');
select is((select array_agg(e.seq order by e.seq) from agentpg.read_events(run_id()) e), (select array_agg(n) from generate_series(1::bigint, 10) n), 'without gaps');

select given_run('quiet', options => '{"events": false}');
select claim_one();
select is(answer(reply_text('Yes.'), 'quiet', said => '[{"kind": "text", "data": {"text": "Yes."}}]'), 0);
select is(kinds('quiet'), '{}', 'a run without events has none');

-- An answer that has to be given again, and one that was given too late.
select given_run('repaired', options => '{"request": {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}}');
select claim_one();
select answer(reply_text('{"a'), 'repaired', said => '[{"kind": "text", "data": {"text": "{\"a"}}]');
select is(kinds('repaired'), '{text,model_call_finished,output_repaired}');
select claim_one();
select agentpg.cancel_run(run_id('repaired'));
select throws_ok($$select answer(reply_text('{}'), 'repaired', said => '[{"kind": "text", "data": {"text": "{}"}}]')$$, 'AP202');

select * from finish();
rollback;
