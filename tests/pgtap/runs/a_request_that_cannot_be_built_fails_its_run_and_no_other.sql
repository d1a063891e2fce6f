begin;
select plan(6);

-- Stands for a transcript larger than Postgres can put together.
create or replace function agentpg._build_request(run agentpg.runs, batched boolean default false) returns jsonb language plpgsql stable as $$
begin
  if run.session_id = agentpg_test.session_id('huge') then
    raise program_limit_exceeded using message = 'total size of jsonb array elements exceeds the maximum';
  end if;
  return '{}';
end
$$;
select given_instance();
select given_run('huge', session => 'huge'), given_run('small', session => 'small');
select given_run('behind', session => 'huge');
select is((select array_agg(name_of_run(c.run_id)) from agentpg.claim_runs(instance_id(), max_count => 10) c), '{small}', 'the others are handed out');
select is((select row(r.state, r.error_type)::text from agentpg.get_run(run_id('huge')) r), '(failed,request_too_large)');
select is(state_of('behind'), 'pending', 'and its session goes on');
select is((select r.blocked from agentpg.get_run(run_id('behind')) r), false);
select is_empty('select * from agentpg.invariant_violations');
select is((select r.claimed_by_instance_id from agentpg.get_run(run_id('huge')) r), null);

select * from finish();
rollback;
