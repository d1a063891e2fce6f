begin;
select plan(4);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
create temporary table reply as select reply_tool_uses(tool_use_block('toolu_1', 'lookup'), tool_use_block('toolu_2', 'lookup')) as response;
create temporary table first as select t.* from reply r cross join agentpg.record_response(iteration_id(), run_lease(), r.response) t;
create temporary table before as select everything() as all_rows;
select results_eq(
  'select t.* from reply r cross join agentpg.record_response(iteration_id(), run_lease(), r.response) t',
  'select f.* from first f', 'the same claims, tokens included'
);
select is(everything(), (select b.all_rows from before b), 'nothing changed');
select remember('tool_execution', f.tool_use_id, f.tool_execution_id, f.lease_token) from first f;
select finish_tool('toolu_1');
select is(
  (select array_agg(t.tool_use_id) from reply r cross join agentpg.record_response(iteration_id(), run_lease(), r.response) t),
  '{toolu_2}', 'what has ended meanwhile is not handed out again'
);
select finish_tool('toolu_2', claim_next => true);
select is_empty('select t.* from reply r cross join agentpg.record_response(iteration_id(''run''), run_lease(), reply_text()) t where false');

select * from finish();
rollback;
