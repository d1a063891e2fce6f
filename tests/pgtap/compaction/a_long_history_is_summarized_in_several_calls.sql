begin;
select plan(11);

select given_instance(), given_agent();
select agentpg.configure(jsonb_build_object('compaction', small_window('{"summarizer_input_tokens": 6000}')));
select given_session(), given_turns(7, 17500), given_run('r', 'p8 ' || repeat('x', 4000), options => '{"max_iterations": 1}');
create function pg_temp.asked() returns text language sql as $$
  select array_to_string(array(select m[1] from regexp_matches(request_of('r') #>> '{messages,0,content}', '(?:User|Assistant): ([pa][0-9])|before>\n(S[0-9])', 'g') m where m[1] is not null), ' ')
$$;
select claim_one();
select is(pg_temp.asked(), 'p1 a1 p2 a2');
select answer(reply_text('S1'), 'r');
select is((select c.state || ' ' || c.summarized_seq || ' ' || c.cut_seq from agentpg.compactions c), 'summarizing 4 12');
select claim_one();
select is(pg_temp.asked(), 'p3 a3 p4 a4');
select matches(request_of('r') #>> '{messages,0,content}', E'before>\nS1\n</summary', 'the one before is rolled up');
select answer(reply_text('S2'), 'r'), claim_one();
select is(pg_temp.asked(), 'p5 a5 p6 a6');
select answer(reply_text('S3'), 'r'), claim_one();
select is((select c.state || ' ' || c.summary_calls || ' ' || c.summary from agentpg.compactions c), 'applied 3 S3');
select is(short_context('r'), '{"user: S3 p7","assistant: a7","user: p8"}');
select answer(reply_sized('a8 ' || repeat('y', 4000), 18000), 'r');
select is(state_of('r'), 'completed', 'the calls of the summarizer are none of its own');

-- A summary of summaries.
select given_run('next', 'p9'), claim_one();
select matches(request_of('next') #>> '{messages,0,content}', E'before>\nS3\n</summary');
select answer(reply_text('S4'), 'next'), claim_one();
select is(short_context('next'), '{"user: S4 p8","assistant: a8","user: p9"}');
select is((select count(*) from agentpg.compactions c where c.base_id is not null), 1::bigint);

select * from finish();
rollback;
