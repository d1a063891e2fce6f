begin;
select plan(9);

select given_tools('{lookup}');
select given_agent(tools => '{lookup}');
select remember('instance', 'old', (select i.instance_id from agentpg.register_instance('pod-1', exclusive => true) i));
select agentpg.register_tools(instance_id('old'), jsonb_build_array(t.definition)) from agentpg.tools t;
select given_run('streaming', session => 's1'), given_run('tools', session => 's2', priority => -1);
select claim_one('old'), claim_one('old');
select answer(reply_tool_use('toolu_1', 'lookup'), 'tools');

select remember('instance', 'new', (select i.instance_id from agentpg.register_instance('pod-1', exclusive => true) i));
select isnt(instance_id('old'), instance_id('new'), 'two incarnations');
select is(state_of('streaming'), 'pending', 'what the older one held goes back at once');
select is(tool_state('toolu_1'), 'pending');
select refused(format('select * from agentpg.claim_runs(%L)', instance_id('old')), 'AP211');
select refused(format('select agentpg.heartbeat(%L)', instance_id('old')), 'AP211');
select refused(format('select * from agentpg.record_response(%L, %L, %L)', iteration_id('streaming'), run_lease('streaming'), reply_text()), 'AP210');
select refused(format('select * from agentpg.complete_tool(%L, %L, ''1'')', tool_execution_id('toolu_1'), tool_lease('toolu_1')), 'AP210');
select is(claim_one('new'), 'streaming');
select is((select array_agg(i.name) from agentpg.list_instances() i), '{pod-1}', 'only the newer one is listed');

select * from finish();
rollback;
