begin;
select plan(31);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');

-- Cut short: the API does not go on from the assistant's words, so the user says something.
select given_run('m', session => 'm'), claim_one(), answer(reply_text('One, two,', 'max_tokens'), 'm');
select is(state_of('m'), 'awaiting_input');
select is(agentpg.continue_run(run_id('m')), run_id('m'));
select is((select row(r.state, r.previous_state, r.stop_reason)::text from agentpg.get_run(run_id('m')) r), '(pending,awaiting_input,)');
select is(claim_one(), 'm');
select is(context_of('m'), '{user: Hello?,"assistant: One, two,",user: Continue.}');
select is_empty('select faults_of(''m'')');
select answer(reply_text('three.'), 'm');
select is(state_of('m'), 'completed');
select is((select g.text from agentpg.get_response(run_id('m')) g), 'three.');

select agentpg.configure('{"continue_prompt": "Weiter."}');
select given_run('w', session => 'w'), claim_one(), answer(reply_text('So', 'model_context_window_exceeded'), 'w');
select agentpg.continue_run(run_id('w')), claim_one();
select is(context_of('w'), '{user: Hello?,assistant: So,user: Weiter.}');
select given_run('u', session => 'u'), claim_one(), answer(reply_text('Eh', 'brand_new'), 'u');
select agentpg.continue_run(run_id('u'), 'And then?'), claim_one();
select is(context_of('u'), '{user: Hello?,assistant: Eh,user: And then?}', 'or what the caller says');
select is_empty('select faults_of(''u'')');
select answer(reply_text('Oh', 'max_tokens'), 'u');
select agentpg.continue_run(run_id('u'), content => '[{"type": "text", "text": "Go"}]'), claim_one();
select is(context_of('u'), '{user: Hello?,assistant: Eh,user: And then?,assistant: Oh,user: Go}', 'and again');
select is(
  (select array_agg(row(c.number, c.stop_reason, c.first_iteration, c.prompt_seq)::text order by c.number) from agentpg.run_continuations c where c.run_id = run_id('u')),
  array['(1,brand_new,2,3)', '(2,max_tokens,3,5)']
);

-- A cut call was answered already, an empty answer left nothing: the user spoke last.
select given_run('c', session => 'c'), claim_one();
select answer(reply_blocks(jsonb_build_array(text_block('Let me'), tool_use_block('t1', 'lookup')), 'max_tokens'), 'c');
select agentpg.continue_run(run_id('c')), claim_one();
select is(context_of('c'), '{user: Hello?,assistant: Let me <t1>,user: </t1>}');
select is_empty('select faults_of(''c'')');
select given_run('e', session => 'e'), claim_one(), answer(reply_blocks('[]', 'max_tokens'), 'e');
select agentpg.continue_run(run_id('e')), claim_one();
select is(context_of('e'), '{user: Hello?}');

-- A limit: the calls are answered, so that the model goes on where it was; the limit counts anew.
select given_run('i', session => 'i', options => '{"max_iterations": 2}'), claim_one();
select answer(reply_tool_use('t2', 'lookup'), 'i'), finish_tool('t2', claim_next => true), answer(reply_tool_use('t3', 'lookup'), 'i'), finish_tool('t3');
select is((select row(r.state, r.stop_reason)::text from agentpg.get_run(run_id('i')) r), '(awaiting_input,max_iterations)');
select agentpg.continue_run(run_id('i')), claim_one();
select is(context_of('i'), '{user: Hello?,assistant: <t2>,user: </t2>,assistant: <t3>,user: </t3>}');
select is_empty('select faults_of(''i'')');
select answer(reply_tool_use('t4', 'lookup'), 'i'), finish_tool('t4', claim_next => true);
select is(state_of('i'), 'streaming', 'one more of two');
select answer(reply_tool_use('t5', 'lookup'), 'i'), finish_tool('t5');
select is((select row(r.state, r.stop_reason, r.iteration_count)::text from agentpg.get_run(run_id('i')) r), '(awaiting_input,max_iterations,4)');
select agentpg.continue_run(run_id('i'), 'Once more.', options => '{"max_iterations": 1}'), claim_one();
select is((context_of('i'))[array_length(context_of('i'), 1)], 'user: </t5> Once more.', 'what the user says stands after the results');
select is_empty('select faults_of(''i'')');
select answer(reply_tool_use('t6', 'lookup'), 'i'), finish_tool('t6');
select is(state_of('i'), 'awaiting_input', 'or as many as the options say');

-- Paused: the API goes on from the assistant's own words.
select given_run('p', session => 'p', options => '{"max_continuations": 1}'), claim_one();
select answer(reply_text('Search', 'pause_turn'), 'p'), claim_one(), answer(reply_text('ing', 'pause_turn'), 'p');
select is((select row(r.state, r.stop_reason)::text from agentpg.get_run(run_id('p')) r), '(awaiting_input,pause_turn)');
select agentpg.continue_run(run_id('p')), claim_one();
select is(context_of('p'), '{user: Hello?,assistant: Search ing}');
select is_empty('select faults_of(''p'', paused => true)');
select answer(reply_text('still', 'pause_turn'), 'p');
select is(claim_one(), 'p', 'it may go on by itself once more');
select answer(reply_text('more', 'pause_turn'), 'p');
select agentpg.continue_run(run_id('p'), options => '{"max_continuations": 0}'), claim_one();
select answer(reply_text('and more', 'pause_turn'), 'p');
select is(state_of('p'), 'awaiting_input', 'not with a limit of 0');
select agentpg.continue_run(run_id('p'), 'Never mind.'), claim_one();
select is_empty('select faults_of(''p'')', 'a word of the user is possible too');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
