begin;
select plan(13);

select given_instance('{lookup}');
select given_agent(tools => '{lookup,write}');
create function pg_temp.respond(run text, most integer) returns text[] language sql as $$
  select array_agg(c.tool_use_id) from agentpg.record_response(
    iteration_id(run), run_lease(run), reply_tool_uses(
      tool_use_block(run || '_1', 'write'), tool_use_block(run || '_2', 'lookup'), tool_use_block(run || '_3', 'lookup'),
      tool_use_block(run || '_4', 'unheard_of'), tool_use_block(run || '_5', 'lookup')
    ), max_tools => most) c
$$;
create function pg_temp.states(run text) returns text[] language sql as $$
  select array_agg(e.state::text order by e.block_index) from agentpg.tool_executions e where e.run_id = run_id(run)
$$;
select given_run(n, session => n), claim_one() from unnest(array['all', 'two', 'none', 'many']) n;
select is(pg_temp.respond('all', null), '{all_2,all_3,all_5}', 'no limit');
select is(pg_temp.respond('two', 2), '{two_2,two_3}', 'the first ones that it offers');
select is(pg_temp.respond('two', 2), '{two_2,two_3}', 'and the same again');
select is(pg_temp.states('two'), '{pending,running,running,failed,pending}');
select is(pg_temp.respond('none', 0), null);
select is(pg_temp.states('none'), '{pending,pending,pending,failed,pending}');
select is(pg_temp.respond('many', 100), '{many_2,many_3,many_5}');
select is((select count(*)::integer from agentpg.claim_tool_executions(instance_id(), 10)), 4, 'the others are there for whoever has room');
select is(pg_temp.respond('two', 2), '{two_2,two_3}', 'what it claimed by itself is not handed out again');
select is((select array_agg(e.open_tools order by e.open_tools) from agentpg.runs e), '{4,4,4,4}');
select given_run('bad', session => 'bad'), claim_one();
create temporary table before as select everything() as all_rows;
select refused(format('select * from agentpg.record_response(%L, %L, %L, max_tools => -1)', iteration_id('bad'), run_lease('bad'), reply_text()), 'AP108');
select is(everything(), (select b.all_rows from before b));
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
