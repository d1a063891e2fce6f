begin;
select plan(11);

select given_session('root', '{"tenant_id": "acme"}');
select remember('session', 'child', agentpg.create_session(parent_session_id => session_id('root')));
select is((select row(s.depth, s.tenant_id)::text from agentpg.get_session(session_id('root')) s), '(0,acme)');
select is((select row(s.depth, s.parent_session_id)::text from agentpg.get_session(session_id('child')) s), format('(1,%s)', session_id('root')));
create temporary table before as select everything() as all_rows;
select refused(format('select agentpg.create_session(%L)', agentpg._uuid_v7()), 'AP002', 'parent');
select refused('select agentpg.create_session(metadata => ''[]'')', 'AP104');
select refused('select agentpg.create_session(metadata => ''"x"'')', 'AP104');
select refused('select agentpg.create_session(metadata => ''{"tenant_id": {"a": 1}}'')', 'AP104');
select refused('select agentpg.create_session(metadata => jsonb_build_object(''x'', repeat(''x'', 65536)))', 'AP105');
select refused('select agentpg.create_session(metadata => ''{"x": "\u0000"}'')', '22P05', '');
select is(everything(), (select b.all_rows from before b), 'nothing was written');
select remember('session', 'bare', agentpg.create_session(metadata => null));
select is((agentpg.get_session(session_id('bare'))).metadata, '{}', 'null metadata is empty');
select refused(format('select agentpg.get_session(%L)', agentpg._uuid_v7()), 'AP002', 'list_sessions');

select * from finish();
rollback;
