begin;
select plan(8);

select given_instance(), given_agent();
select agentpg.configure(jsonb_build_object('compaction', small_window(), 'batch_max_wait', '0 seconds'));
select given_session(), given_turns(5, 17500);
select given_run('r', 'p6', mode => 'batch');
select is(gather(), '{r}');
select is(batch_request_of('r') ->> 'model', agentpg._summarizer_model());
select matches(batch_request_of('r') #>> '{messages,0,content}', 'User: p1.*Assistant: a4');
select end_batch();
select take(succeeded('r', reply_text('S')));
select ingested(1);
select is((select c.state || ' ' || c.summary from agentpg.compactions c), 'applied S');
select is((select row(t.trigger_type, t.run_mode, t.model)::text from agentpg.iterations t where t.run_id = run_id('r')),
  row('compaction', 'batch', agentpg._summarizer_model())::text);
select is(gather('second'), '{r}', 'the call itself goes into the next batch');
select is((batch_request_of('r') ->> 'model') || ' ' || left(batch_request_of('r') #>> '{messages,0,content,1,text}', 2), 'claude-sonnet-4-5 p5');
select is_empty($$ select * from agentpg.invariant_violations $$);

select * from finish();
rollback;
