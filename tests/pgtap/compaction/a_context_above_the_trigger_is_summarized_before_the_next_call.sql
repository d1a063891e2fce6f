begin;
select plan(25);

select given_instance('{look}'), given_agent(tools => '{look}');
select agentpg.configure(jsonb_build_object('compaction', small_window()));
select given_session(), given_turns(5, 17500);
select is(agentpg.needs_compaction(session_id()), true, 'above 0.85 of the window');

select given_run('r', 'p6'), claim_one();
select is((select q.model from agentpg.runs r join agentpg.queues q on q.id = r.queue_id where r.id = run_id('r')), agentpg._summarizer_model(),
  'the first call of the run goes to the summarizer');
select is(request_of('r') ->> 'model', agentpg._summarizer_model());
select is(request_of('r') ->> 'max_tokens', '500');
select matches(request_of('r') #>> '{messages,0,content}', 'User: p1.*Assistant: a1.*User: p4.*Assistant: a4');
select doesnt_match(request_of('r') #>> '{messages,0,content}', 'User: p5', 'the last turn stays as it is');
select is((select c.state || ' ' || c.cause from agentpg.compactions c), 'summarizing automatic');

select answer(reply_blocks(jsonb_build_array(text_block('S1')), usage => '{"input_tokens": 900, "output_tokens": 50}'), 'r');
select is(state_of('r'), 'pending', 'the conversation goes on');
select is((select row(c.state, c.summary, c.cut_seq, c.summarized_seq, c.summary_calls, c.messages_removed, c.model)::text from agentpg.compactions c),
  row('applied', 'S1', 8, 8, 1, 8, agentpg._summarizer_model())::text);
select is((select s.compaction_count from agentpg.sessions s where s.id = session_id()), 1);
select claim_one();
select is(request_of('r') ->> 'model', 'claude-sonnet-4-5');
select is(short_context('r'), '{"user: S1 p5","assistant: a5","user: p6"}', 'the summary comes first');
select is_empty($$ select faults_of('r') $$);
select answer(reply_sized('a6', 6000), 'r');
select is(state_of('r'), 'completed');
select is((select array_agg(t.trigger_type order by t.number) from agentpg.iterations t where t.run_id = run_id('r')), '{compaction,user_prompt}');
select is((select row(t.model, t.input_tokens, t.response_seq)::text from agentpg.iterations t where t.run_id = run_id('r') and t.number = 1),
  row(agentpg._summarizer_model(), 900, null)::text);
select is((select array_agg(t.compaction_id = c.id) from agentpg.iterations t, agentpg.compactions c where t.run_id = run_id('r')), '{t,t}', 'any request can be rebuilt');
select isnt((select d.cost_usd from agentpg.run_details d where d.id = run_id('r')), null);
select is((select count(*) from agentpg.session_messages(session_id())), 12::bigint, 'the messages are all there');
select is(agentpg.needs_compaction(session_id()), false);
select is((select s.context_tokens from agentpg.sessions s where s.id = session_id()), 6000);

select given_run('next', 'p7'), claim_one();
select is(short_context('next'), '{"user: S1 p5","assistant: a5","user: p6","assistant: a6","user: p7"}', 'later requests begin the same way');
select answer(reply_text('a7'), 'next');
select is((agentpg.restore_compaction(session_id())).summary, 'S1');
select given_run('restored', 'p8', options => '{"auto_compaction": false}'), claim_one();
select is((short_context('restored'))[1:3], '{"user: p1","assistant: a1","user: p2"}', 'restored: all is shown again');
select is_empty($$ select * from agentpg.invariant_violations $$);

select * from finish();
rollback;
