begin;
select plan(7);

select given_instance();
select given_run();
select claim_one();
select say('One');
select agentpg.record_failure(iteration_id(), run_lease(), '{"type": "overloaded_error", "status": 529}');
select is(kinds(), '{text,model_call_failed,superseded}', 'a failed attempt');
select is(event_data('superseded'), '{"reason": "failed", "attempt": 1}');
select is(event_data('model_call_failed') ->> 'error_type', 'overloaded_error');
select advance('1 hour');
select claim_one();
select say('Two');
select agentpg.release_runs(instance_id());
select is(event_data('superseded'), '{"reason": "released", "attempt": 2}', 'a released one');
select claim_one();
select say('Three');
select advance('1 minute');
select given_instance(name => 'other');
select agentpg.run_maintenance();
select is(event_data('superseded'), '{"reason": "worker_lost", "attempt": 2}', 'one whose worker was lost');
select is(say('Four'), '{"busy": [], "stale": 1, "published": 0}', 'which says nothing more');
select claim_one('other');
select answer(reply_text('Three.'));
select is(kinds(after => 6), '{superseded,model_call_finished,run_ended}');

select * from finish();
rollback;
