begin;
select plan(31);

create function pg_temp.config(call jsonb default null) returns jsonb language sql as $$
  select agentpg._session_config((select s from agentpg.sessions s where s.id = session_id()), call)
$$;
select given_instance(), given_agent(), given_session();
select is(agentpg.compaction_defaults() - array['instructions', 'summarizer_input_tokens', 'max_context_tokens', 'summarizer_model'],
  '{"strategy": "hybrid", "trigger": 0.85, "target_tokens": 80000, "keep_last": 10, "protected_tokens": 40000, "summarizer_max_tokens": 4096, "keep_tool_outputs": false}',
  'those of the reference system');
select is((agentpg.session_stats(session_id())).trigger_tokens, null, 'nobody has spoken');
select given_turn('one', 'p', 'a');
select is((pg_temp.config() ->> 'max_context_tokens')::int, 200000, 'the window of the model');
select is((pg_temp.config() ->> 'trigger_tokens')::int, 170000);
select is(pg_temp.config() ->> 'summarizer_model', 'claude-haiku-5-5', 'the cheapest that is no more deprecated');
select agentpg.upsert_models('[{"id": "tiny", "max_input_tokens": 8000, "prices": [{"effective_on": "2026-01-01", "input_usd": 0.01, "output_usd": 0.01, "cache_read_usd": 0}]}]');
select is(pg_temp.config() ->> 'summarizer_model', 'tiny', 'as the table says');

-- Each level over the one before.
select agentpg.configure('{"compaction": {"trigger": 0.5, "keep_last": 1}}');
select is((pg_temp.config() ->> 'trigger_tokens')::int, 100000);
select agentpg.update_agent(agent_id(), '{"config": {"compaction": {"trigger": 0.6, "keep_last": 2}}}');
select is((pg_temp.config() ->> 'trigger_tokens')::int, 120000);
select agentpg.update_session(session_id(), '{"compaction": {"trigger": 0.7, "keep_last": 3}}');
select is((pg_temp.config() ->> 'trigger_tokens')::int, 140000);
select given_run('two', 'p', options => '{"compaction": {"trigger": 0.8}}');
select is((select r.compact_above from agentpg.runs r where r.id = run_id('two')), 160000);
select is((pg_temp.config() ->> 'trigger_tokens')::int, 160000);
select is((pg_temp.config('{"trigger": 0.9}') ->> 'trigger_tokens')::int, 180000);
select is((pg_temp.config() ->> 'keep_last')::int, 3);
select agentpg.update_agent(agent_id(), '{"config": {"compaction_trigger": 0.4}}');
select agentpg.update_session(session_id(), '{"compaction": null}');
select is((pg_temp.config() ->> 'keep_last')::int, 1);
select is(agentpg._compact_above('{"compaction_trigger": 0.4}', null, null, 'claude-sonnet-4-5'), 80000, 'as the reference system spells it');
select is(agentpg._compact_above('{"auto_compaction": false}', null, null, 'claude-sonnet-4-5'), null);
select is(agentpg._compact_above('{"auto_compaction": false}', null, '{"auto_compaction": true}', 'claude-sonnet-4-5'), 100000);
select is(agentpg._compact_above('{}', null, null, 'unheard-of'), 2147483647, 'no known window, no trigger');

-- Settings that contradict each other name the rule.
create function pg_temp.compact(config jsonb) returns text language sql as $$ select format('select agentpg.compact(%L, %L)', session_id(), config) $$;
select refused(pg_temp.compact('{"target_tokens": 44095}'), 'AP240', null);
select refused(pg_temp.compact('{"max_context_tokens": 90000}'), 'AP240', null);
select refused(pg_temp.compact('{"strategy": "prune", "keep_tool_outputs": true}'), 'AP240', null);
select refused(pg_temp.compact('{"triger": 0.5}'), 'AP240', 'did you mean trigger');
select refused(pg_temp.compact('{"trigger": 1.5}'), 'AP240', null);
select refused(pg_temp.compact('{"keep_last": -1}'), 'AP240', null);
select refused('select agentpg.configure(''{"compaction": {"strategy": "magic"}}'')', 'AP116', null);
select refused(format('select agentpg.update_agent(%L, ''{"config": {"compaction": {"trigger": 0}}}'')', agent_id()), 'AP113', null);
select refused(format('select agentpg.create_run(%L, %L, ''p'', options => ''{"compaction": []}'')', session_id(), agent_id()), 'AP111', null);
select refused('select agentpg.create_session(compaction => ''{"keep_last": "many"}'')', 'AP240', null);

-- A strategy of one's own.
create function public.keep_two(session_id uuid, config jsonb) returns jsonb language sql as $$
  select jsonb_build_object('cut_seq', max(m.seq) - 2, 'summary', 'by hand') from agentpg.messages m where m.session_id = keep_two.session_id
$$;
select claim_one(), answer(reply_text('a'), 'two');
select is((agentpg.compact(session_id(), '{"strategy": "public.keep_two"}')).summary, 'by hand');
create or replace function public.keep_two(session_id uuid, config jsonb) returns jsonb language sql as $$ select '{"cut_seq": 3}'::jsonb $$;
select refused(pg_temp.compact('{"strategy": "public.keep_two"}'), 'AP241', null);
-- One that breaks does not break the run that it was to help.
select agentpg.configure('{"compaction": {"strategy": "public.keep_two", "max_context_tokens": 100, "trigger": 0.05, "target_tokens": 4, "protected_tokens": 1, "summarizer_max_tokens": 1}}');
select given_run('three', 'p'), claim_one(), answer(reply_text('a'), 'three');
select is(state_of('three'), 'completed');

select * from finish();
rollback;
