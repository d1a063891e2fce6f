begin;
select plan(2);

select given_instance(), given_agent(), given_turns(1);
select agentpg.configure(jsonb_build_object('compaction', small_window('{"summarizer_input_tokens": 100000}')));
-- 1,000 messages of 1,000 characters.
insert into agentpg.messages (session_id, seq, role, content, run_id)
select session_id(), n, case n % 2 when 1 then 'user' else 'assistant' end::agentpg.message_role,
  jsonb_build_array(text_block(repeat('x', 1000))), run_id('turn1')
from generate_series(3, 1000) n;

select is(a.chunk_seq between 290 and 300, true, 'as much as one call takes')
from agentpg.apply_compaction(session_id(), '{"cut_seq": 1000}') a;
select is((
  select length(agentpg._summary_request(c.id) #>> '{messages,0,content}') between 290000 and 302000 from agentpg.compactions c
), true);

select * from finish();
rollback;
