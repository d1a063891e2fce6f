begin;
select plan(17);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run('pending', session => 's1', priority => -10);
select given_run('waiting', session => 's2', scheduled_at => agentpg.now() + '1 day');
select given_run('streaming', session => 's3'), claim_one();
select given_run('tools', session => 's4'), claim_one(), answer(reply_tool_use('toolu_1', 'lookup'), 'tools');
select given_run('input', session => 's5'), claim_one(), answer(reply_text('Half', 'max_tokens'), 'input');
select given_run('blocked', session => 's1');
select is(agentpg.cancel_run(run_id(r.name), 'no longer needed'), true, r.name)
from unnest('{blocked,pending,waiting,streaming,tools,input}'::text[]) as r(name);
select is(
  (select row(g.state, g.error_type, g.error_message, g.blocked, g.open_tools, g.claimed_by_instance_id, g.finalized_at is not null)::text from agentpg.get_run(run_id(r.name)) g),
  '(cancelled,cancelled,"no longer needed",f,0,,t)', r.name
)
from unnest('{blocked,pending,waiting,streaming,tools,input}'::text[]) as r(name);
select is(agentpg.cancel_run(run_id('streaming')), false, 'it was cancelled before');
select given_run('done', session => 's6'), claim_one(), answer(reply_text(), 'done');
select is(agentpg.cancel_run(run_id('done')), false, 'it had ended');
select is(state_of('done'), 'completed');
select refused(format('select agentpg.cancel_run(%L)', agentpg._uuid_v7()), 'AP003', '');
select refused('select agentpg.cancel_run(null)', 'AP003', '');

select * from finish();
rollback;
