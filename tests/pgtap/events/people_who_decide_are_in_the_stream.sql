begin;
select plan(7);

select given_instance('{refund}');
select given_agent(tools => '{refund}');
select given_run(options => '{"approval": true}');
select claim_one();
select answer(reply_tool_use('toolu_1', 'refund', '{"amount": 5}'));
select is(kinds(), '{model_call_finished,approval_requested}');
select is((select row(d -> 'input', d ->> 'name')::text from event_data('approval_requested') d), '("{""amount"": 5}",refund)');
select agentpg.approve_tool(tool_execution_id('toolu_1'), decided_by => 'ann', note => 'fine');
select is((select row(d ->> 'decision', d ->> 'decided_by', d ->> 'note')::text from event_data('approval_decided') d), '(approved,ann,fine)');
select claim_tool();
select finish_tool('toolu_1', claim_next => true);
select answer(reply_tool_use('toolu_2', 'refund'));
select agentpg.reject_tool(tool_execution_id('toolu_2'), 'too much');
select is(kinds(after => 3), '{tool_started,tool_finished,model_call_finished,approval_requested,approval_decided,tool_finished}');
select claim_one();
select answer(reply_text('Well', 'max_tokens'));
select is(kinds(after => 9), '{model_call_finished,run_waiting}');
select is((select row(d ->> 'stop_reason', d ->> 'text')::text from event_data('run_waiting') d), '(max_tokens,Well)');
select agentpg.continue_run(run_id(), 'Go on.');
select claim_one();
select answer(reply_text('Done.'));
select is(kinds(after => 11), '{run_continued,model_call_finished,run_ended}');

select * from finish();
rollback;
