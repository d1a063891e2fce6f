begin;
select plan(3);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select agentpg.cancel_run(run_id());
create temporary table before as select everything() as all_rows;
select refused(format('select * from agentpg.record_response(%L, %L, %L)', iteration_id(), run_lease(), reply_tool_use('toolu_1', 'lookup')), 'AP202', 'drop the work');
select refused(format('select * from agentpg.record_failure(%L, %L, ''{}'')', iteration_id(), run_lease()), 'AP202', 'drop the work');
select is(everything(), (select b.all_rows from before b), 'nothing was written');

select * from finish();
rollback;
