begin;
select plan(8);

-- Stands for a transcript larger than Postgres can put together.
create or replace function agentpg._build_request(run agentpg.runs, batched boolean default false) returns jsonb language plpgsql stable as $$
begin
  if run.session_id in (select k.id from agentpg_test.known k where k.kind = 'session' and k.name like '%huge%') then
    raise program_limit_exceeded using message = 'total size of jsonb array elements exceeds the maximum';
  end if;
  return '{}';
end
$$;
select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_batch_runs('huge', 'a', 'b');
select given_run('behind', session => 'session of huge', mode => 'batch');
select is(gather(), '{a,b}');
select is((select row(r.state, r.error_type)::text from agentpg.get_run(run_id('huge')) r), '(failed,request_too_large)');
select is((select row(r.state, r.blocked)::text from agentpg.get_run(run_id('behind')) r), '(pending,f)', 'and its session goes on');
select is((select b.request_count from agentpg.batches b), 2);
select is(gather('none'), null, 'none that can be built: no batch');
select is((select count(*)::integer from agentpg.batches b), 1);
select is((select row(r.state, r.error_type)::text from agentpg.get_run(run_id('behind')) r), '(failed,request_too_large)');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
