begin;
select plan(4);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one(), answer(reply_tool_use('toolu_1', 'lookup'));
-- Stands for a transcript larger than Postgres can put together.
create or replace function agentpg._build_request(run agentpg.runs, batched boolean default false) returns jsonb language plpgsql stable as $$
begin
  raise program_limit_exceeded using message = 'total size of jsonb array elements exceeds the maximum';
end
$$;
select is(finish_tool('toolu_1', '"fine"', claim_next => true), null);
select is((select row(r.state, r.error_type)::text from agentpg.get_run(run_id()) r), '(failed,request_too_large)');
select is((select row(t.state, t.output)::text from agentpg.run_tool_calls(run_id()) t), '(completed,fine)');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
