begin;
select plan(11);

select given_instance(), given_agent();
select agentpg.configure(jsonb_build_object('compaction', small_window()));

-- The run went on to another call, and no answer names the one that was given up: a repeated report finds it all the same.
select given_session(), given_turns(5, 17500), given_run('r', 'p6'), claim_one();
create temporary table given_up as select iteration_id('r') as iteration_id, run_lease('r') as lease_token;
grant select on given_up to public;
prepare report as
  select f.state::text from given_up g, agentpg.record_failure(g.iteration_id, g.lease_token, '{"type": "not_found_error", "status": 404}') f;
select results_eq('report', array['pending'], 'no summary: the run goes on');
select is((select c.state::text from agentpg.compactions c), 'failed');
select results_eq('report', array['pending'], 'the same again');
select is((select count(*) from agentpg.failed_attempts), 1::bigint);
select refused('select agentpg.record_response(g.iteration_id, g.lease_token, reply_text()) from given_up g', 'AP210');
select claim_one(), answer(reply_text('a6'), 'r');

select given_session('s2'), given_turns(2, 4000, 's2'), given_run('r2', 'p3', session => 's2'), claim_one();
update given_up set iteration_id = iteration_id('r2'), lease_token = run_lease('r2');
deallocate report;
prepare report as
  select f.state::text from given_up g, agentpg.record_failure(g.iteration_id, g.lease_token,
    '{"type": "invalid_request_error", "status": 400, "message": "prompt is too long: 19000 tokens > 18000 maximum"}') f;
select results_eq('report', array['pending'], 'too long: it is compacted and sent again');
select is((select c.cause from agentpg.compactions c where c.session_id = session_id('s2')), 'overflow');
select results_eq('report', array['pending'], 'the same again');
select is((select count(*) from agentpg.failed_attempts f where f.run_id = run_id('r2')), 1::bigint);

-- An answer without a stop reason, the last of the attempts: neither does its repetition change anything.
select agentpg.configure('{"max_model_attempts": 1}');
select claim_one();
update given_up set iteration_id = iteration_id('r2'), lease_token = run_lease('r2');
select agentpg.record_response(g.iteration_id, g.lease_token, reply_text() || '{"stop_reason": null}') from given_up g;
select is((select c.state::text from agentpg.compactions c where c.session_id = session_id('s2')), 'failed');
select is_empty('select agentpg.record_response(g.iteration_id, g.lease_token, reply_text() || ''{"stop_reason": null}'') from given_up g');

select * from finish();
rollback;
