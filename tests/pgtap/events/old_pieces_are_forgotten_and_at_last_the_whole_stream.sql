begin;
select plan(9);

select freeze('2026-11-22 12:00Z');
select given_instance();
select given_run();
select claim_one();
select say('It');
select advance('30 minutes');
select is((select agentpg.run_maintenance() ->> 'forgotten_events'), '0', 'what is not stored yet is kept');
select given_instance();
select agentpg.run_maintenance();
select claim_one();
select say('It is');
select answer(reply_text('It is.'));
select advance('9 minutes');
select is(agentpg._trim_events(10, 100), 0);
select advance('32 minutes');
select is(agentpg._trim_events(10, 1), 1, 'a bounded number at a time');
select is(agentpg._trim_events(10, 100), 1);
select is(kinds(), '{superseded,model_call_finished,run_ended}', 'what tells of the run stays');
select is(event_data('run_ended') ->> 'text', 'It is.');
select is(agentpg._trim_events(10, 100), 0, 'nothing is due');
select advance('7 days');
select is(agentpg._trim_events(10, 100), 3);
select is((select w.events from agentpg.watch_run(run_id()) w), false, 'there is no stream any more');

select * from finish();
rollback;
