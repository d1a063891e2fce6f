begin;
select plan(7);

select given_instance();
select agentpg.configure(jsonb_build_object('compaction', small_window()));
select given_session();
select given_turns(5, 10000);
select is((agentpg.apply_compaction(session_id(), '{"cut_seq": 8, "summary": "mine"}')).compacted_tokens, 2005, 'a fifth, and the summary');
select is((agentpg.session_stats(session_id())).context_tokens, 2005);
select agentpg.restore_compaction(session_id());
select is((agentpg.session_stats(session_id())).context_tokens, 10000);
create function pg_temp.plan(plan jsonb) returns text language sql as $$ select format('select agentpg.apply_compaction(%L, %L)', session_id(), plan) $$;
select refused(pg_temp.plan('{"cut_seq": 8, "summary": "S", "compacted_tokens": "few"}'), 'AP241', 'leave it out');
select refused(pg_temp.plan('{"cut_seq": 8, "summary": "S", "compacted_tokens": -5}'), 'AP241', 'leave it out');

-- A turn made anew: what it had said is no longer shown.
select remember('run', 'again', agentpg.regenerate_run(run_id('turn5')));
select is((select abs(r.context_tokens - (select sum(agentpg._estimated_tokens(c.content)) from agentpg._context_messages(session_id()) c)) < 200
  from agentpg.runs r where r.id = run_id('again')), true, 'the size is that of what is shown');
select claim_one(), answer(reply_sized('better', 9000), 'again');
select is((agentpg.session_stats(session_id())).context_tokens, 9000, 'and what the API counts goes before');

select * from finish();
rollback;
