begin;
select plan(17);

-- One round: the model looks, the tool answers with so many characters.
create function pg_temp.round(n integer, size integer, tokens integer) returns uuid language plpgsql as $$
begin
  perform answer(reply_blocks(jsonb_build_array(tool_use_block('t' || n, 'look')), 'tool_use', jsonb_build_object('input_tokens', tokens, 'output_tokens', 5)), 'r');
  return (select c.run_id from agentpg.complete_tool(tool_execution_id('t' || n), tool_lease('t' || n), to_jsonb(repeat('z', size)), claim_next => true) c
    cross join lateral remember_claim(c.run_id, c.iteration_id, c.lease_token, c.request));
end
$$;

select given_instance('{look}'), given_agent(tools => '{look}');
select agentpg.configure(jsonb_build_object('compaction', small_window()));
select given_session(), given_run('r', 'go'), claim_one();
select pg_temp.round(1, 12000, 1000), pg_temp.round(2, 12000, 4000), pg_temp.round(3, 12000, 7500), pg_temp.round(4, 12000, 11000);
select is((select r.context_tokens from agentpg.runs r where r.id = run_id('r')), 11005 + 3004, 'what the API counted, and what came since');
select isnt(pg_temp.round(5, 12000, 14000), null, 'above the trigger: pruned, and handed on in the same call');
select is((select row(c.state, c.cut_seq, c.summary, c.cause)::text from agentpg.compactions c), row('applied', 0, null, 'automatic')::text, 'no summary was needed');
select is((select count(*) from agentpg.compactions), 1::bigint);
select is((select c.placeholder_seqs from agentpg.compactions c), '{[3,4),[5,6),[7,8),[9,10)}', 'the results before the protected tail');
select is(short_context('r'), '{"user: go","assistant: <t1>","user: </t1>","assistant: <t2>","user: </t2>","assistant: <t3>","user: </t3>","assistant: <t4>","user: </t4>","assistant: <t5>","user: </t5>"}');
select matches(request_of('r') #>> '{messages,2,content,0,content}', '^\[Output left out');
select matches(request_of('r') #>> '{messages,10,content,0,content}', '^zzz', 'the last one is as it was');
select is_empty($$ select faults_of('r') $$);
select is((select r.state || ' ' || (r.compaction_id is null) from agentpg.runs r where r.id = run_id('r')), 'streaming true');

-- Long tool inputs: placeholders are not enough, and there is no turn before this one.
create function pg_temp.talk(n integer, tokens integer) returns void language plpgsql as $$
begin
  perform answer(reply_blocks(jsonb_build_array(tool_use_block('t' || n, 'look', jsonb_build_object('q', repeat('q', 9000)))), 'tool_use', jsonb_build_object('input_tokens', tokens, 'output_tokens', 5)), 'r');
  perform remember_claim(c.run_id, c.iteration_id, c.lease_token, c.request)
  from agentpg.complete_tool(tool_execution_id('t' || n), tool_lease('t' || n), '"seen"', claim_next => true) c;
  if not found then
    perform claim_one();
  end if;
end
$$;
select pg_temp.talk(6, 9000), pg_temp.talk(7, 12000), pg_temp.talk(8, 15000), pg_temp.talk(9, 18000);
select is((select array_agg(c.state || ' ' || (c.cut_seq > 0) order by c.id) from agentpg.compactions c), '{"applied false","summarizing true"}');
select is((select q.model from agentpg.runs r join agentpg.queues q on q.id = r.queue_id where r.id = run_id('r')), agentpg._summarizer_model());
select answer(reply_text('S'), 'r'), claim_one();
select is((short_context('r'))[1], 'user: S', 'cut between two rounds of its own turn');
select is((select array_agg(left(c, 10)) from unnest((short_context('r'))[2:]) c), '{"assistant:","user: </t9"}');
select is_empty($$ select faults_of('r') $$);
select answer(reply_text('done'), 'r');
select is(state_of('r'), 'completed');
select is_empty($$ select * from agentpg.invariant_violations $$);

select * from finish();
rollback;
