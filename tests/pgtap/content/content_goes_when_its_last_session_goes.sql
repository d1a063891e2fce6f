begin;
select plan(13);

select given_agent();
select given_session('one');
select given_session('two');
select agentpg.create_run(session_id => session_id('one'), agent_id => agent_id(), content => jsonb_build_array(image_block('shared'), image_block('own')));
select agentpg.create_run(session_id => session_id('two'), agent_id => agent_id(), content => jsonb_build_array(image_block('shared')));
select is((select count(*) from agentpg.large_contents), 2::bigint);
select is(agentpg._drop_unreferenced_content(10), 0, 'nothing was released');

delete from agentpg.content_uses u where u.session_id = session_id('one');
select is((select count(*) from agentpg.content_releases), 2::bigint, 'whoever deletes a use, it is noted');
select is(agentpg._drop_unreferenced_content(10), 1, 'what nobody else refers to is deleted');
select is((select array_agg(c.data) from agentpg.large_contents c), array[large_string('shared')]);
select is((select count(*) from agentpg.content_releases), 0::bigint);

delete from agentpg.content_uses u where u.session_id = session_id('two');
select is(agentpg._drop_unreferenced_content(10), 1, 'with its last use it goes');
select is((select count(*) from agentpg.large_contents), 0::bigint);

-- A session takes its uses with it, a bounded number of strings at a time.
select given_session('three');
select agentpg._put_aside(jsonb_build_array(image_block(n::text)), session_id('three'), null) from generate_series(1, 5) n;
delete from agentpg.sessions s where s.id = session_id('three');
select is((select count(*) from agentpg.content_uses), 0::bigint);
select is(agentpg._drop_unreferenced_content(2), 2);
select is(agentpg._drop_unreferenced_content(2), 2);
select is(agentpg._drop_unreferenced_content(2), 1);

-- Released and used again before anybody looked.
select given_session('four');
select agentpg._put_aside(jsonb_build_array(image_block('again')), session_id('four'), null);
delete from agentpg.content_uses;
select agentpg._put_aside(jsonb_build_array(image_block('again')), session_id('four'), null);
select is(agentpg._drop_unreferenced_content(10), 0, 'what is in use again stays');

select * from finish();
rollback;
