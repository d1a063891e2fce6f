begin;
select plan(6);

select given_instance('{look}');
select given_agent(tools => '{look}');
select given_session();
select remember('run', 'run', agentpg.create_run(session_id => session_id(), agent_id => agent_id(), content => jsonb_build_array(image_block('asked'))));
select claim_one();
select answer(reply_tool_use('t1', 'look'));
select finish_tool('t1', jsonb_build_array(image_block('early')), claim_next => true);
select answer(reply_tool_use('t2', 'look'));
select finish_tool('t2', jsonb_build_array(image_block('late')), claim_next => true);
select answer(reply_text());
select remember('session', 'fork', agentpg.fork_session(session_id()));

select agentpg._forget_unused_content(session_id());
select agentpg._forget_unused_content(session_id('fork'));
select is((select count(*) from agentpg.content_uses), 6::bigint, 'a fork refers to what it inherits');
delete from agentpg.messages m where m.session_id = session_id() and m.seq <= 3;
select agentpg._forget_unused_content(session_id());
select is(
  array(select c.data from agentpg.content_uses u join agentpg.large_contents c on c.id = u.content_id where u.session_id = session_id() order by 1),
  array(select large_string(s) from unnest('{asked,late}'::text[]) s order by 1),
  'what is left refers to, and what the run was asked'
);
select is(agentpg._drop_unreferenced_content(10), 0, 'the fork still says that it needs it');
select agentpg._forget_unused_content(session_id('fork'));
select is(agentpg._drop_unreferenced_content(10), 1);
select is((select count(*) from agentpg.large_contents), 2::bigint);
select lives_ok(format('select agentpg._forget_unused_content(%L)', agentpg.create_session()), 'a session without any pays one probe');

select * from finish();
rollback;
