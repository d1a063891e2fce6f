begin;
select plan(23);

select given_instance('{lookup}', 'zombie');
select given_instance('{lookup}', 'heir');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one('zombie');
select answer(reply_tool_use('toolu_1', 'lookup'));
create temporary table stale as select tool_execution_id('toolu_1') as id, tool_lease('toolu_1') as lease_token;
select advance('1 minute');
select maintain();
create function pg_temp.each_call() returns setof text language plpgsql as $$
begin
  return next refused(format('select * from agentpg.complete_tool(%L, %L, ''"late"'')', s.id, s.lease_token), 'AP210', 'drop the work') from stale s;
  return next refused(format('select * from agentpg.complete_tool(%L, null, ''"late"'')', s.id), 'AP210') from stale s;
  return next refused(format('select * from agentpg.fail_tool(%L, %L, ''late'')', s.id, s.lease_token), 'AP210', 'drop the work') from stale s;
  return next refused(format('select agentpg.snooze_tool(%L, %L, ''1 second'')', s.id, s.lease_token), 'AP210', 'drop the work') from stale s;
  return next is(agentpg.release_tools(instance_id('zombie')), 0);
end
$$;
create temporary table before as select everything() as all_rows;
select pg_temp.each_call();
select is(everything(), (select b.all_rows from before b), 'while the call is free');
select is(claim_tool('heir'), 'toolu_1');
delete from before;
insert into before select everything();
select pg_temp.each_call();
select is(everything(), (select b.all_rows from before b), 'while another holds it');
select finish_tool('toolu_1', '"from the heir"');
delete from before;
insert into before select everything();
select pg_temp.each_call();
select is(everything(), (select b.all_rows from before b), 'after it has ended');
select is((select t.output from agentpg.run_tool_calls(run_id()) t), 'from the heir');
select refused(format('select * from agentpg.complete_tool(%L, %L, ''""'')', agentpg._uuid_v7(), agentpg._uuid_v7()), 'AP005', '');
select refused(format('select * from agentpg.fail_tool(null, %L, ''x'')', agentpg._uuid_v7()), 'AP005', '');
select refused(format('select agentpg.snooze_tool(%L, %L, ''1 second'')', agentpg._uuid_v7(), agentpg._uuid_v7()), 'AP005', '');

select * from finish();
rollback;
