begin;
select plan(12);

select given_child();
select remember('session', 'below', (agentpg.get_run(run_id('child'))).session_id);
select given_run('question', 'Why?', session => 'below', agent => 'worker');
select is((select w.reason from agentpg.why_waiting(run_id('question')) w), 'earlier_run', 'a run of a person queues behind the delegate''s');
select refused($$ select agentpg.create_run(session_id('below'), agent_id('worker'), 'Stop!', options => '{"on_busy": "interrupt"}') $$, 'AP224', 'cancel it');
select refused($$ select agentpg.regenerate_run(run_id('child')) $$, 'AP221', '');
select refused($$ select agentpg.continue_run(run_id('child')) $$, 'AP223', '');
select is(claim_one(), 'child');
select answer(reply_text('Because.', 'max_tokens'), 'child');
select is(results_of(), array[E'Because.\n\n[The agent stopped early: max_tokens.]']);
select set_eq($$ select claim_one() from generate_series(1, 2) $$, '{run,question}'::text[], 'the run above goes on, and so does the session');
select is(jsonb_array_length(request_of('question') -> 'messages'), 3, 'and sees what the delegate did');
select is((select r.root_run_id from agentpg.get_run(run_id('question')) r), run_id('question'), 'it is in no tree');
select agentpg.cancel_run(run_id());
select is(state_of('question'), 'streaming', 'nor is it cancelled with one');
select answer(reply_text('That is why.'), 'question');
select is((select count(*) from agentpg.run_tree(run_id())), 2::bigint);
select all_is_well();

select * from finish();
rollback;
