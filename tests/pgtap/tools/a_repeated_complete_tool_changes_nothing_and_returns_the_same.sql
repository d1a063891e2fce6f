begin;
select plan(6);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_uses(tool_use_block('toolu_1', 'lookup'), tool_use_block('toolu_2', 'lookup')));
create function pg_temp.complete(tool_use_id text) returns setof agentpg.run_claim language sql as
$$ select * from agentpg.complete_tool(tool_execution_id(complete.tool_use_id), tool_lease(complete.tool_use_id), '"done"', claim_next => true) $$;
select is_empty($$ select * from pg_temp.complete('toolu_1') $$);
create temporary table first as select * from pg_temp.complete('toolu_2');
create temporary table before as select everything() as all_rows;
select results_eq($$ select c.run_id, c.iteration_id, c.lease_token, c.attempt, c.request::text from pg_temp.complete('toolu_2') c $$,
  'select c.run_id, c.iteration_id, c.lease_token, c.attempt, c.request::text from first c', 'the next request again, under the same token');
select is_empty($$ select * from pg_temp.complete('toolu_1') $$, 'the one that handed out nothing still does');
select is_empty(
  format($$ select * from agentpg.complete_tool(%L, %L, '"done"') $$, tool_execution_id('toolu_2'), tool_lease('toolu_2')), 'nor does one that did not ask'
);
select is(everything(), (select b.all_rows from before b), 'nothing changed');
select remember_claim(f.run_id, f.iteration_id, f.lease_token, f.request) from first f;
select answer(reply_text());
select is_empty($$ select * from pg_temp.complete('toolu_2') $$, 'once the run went on there is nothing to hand out');

select * from finish();
rollback;
