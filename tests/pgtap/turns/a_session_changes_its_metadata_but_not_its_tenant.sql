begin;
select plan(9);

select given_session(metadata => '{"tenant_id": "acme"}'), given_session('free');
select is((agentpg.update_session(session_id(), '{"metadata": {"tenant_id": "acme", "topic": "x"}}')).metadata, '{"tenant_id": "acme", "topic": "x"}');
select is((agentpg.update_session(session_id(), '{}')).metadata, '{"tenant_id": "acme", "topic": "x"}', 'what is not named stays');
select is((agentpg.update_session(session_id('free'), '{"metadata": null}')).metadata, '{}');
select refused(format('select agentpg.update_session(%L, ''{"metadata": {"tenant_id": "other"}}'')', session_id()), 'AP104');
select refused(format('select agentpg.update_session(%L, ''{"metadata": {}}'')', session_id()), 'AP104');
select refused(format('select agentpg.update_session(%L, ''{"metadata": []}'')', session_id()), 'AP104');
select refused(format('select agentpg.update_session(%L, ''[]'')', session_id()), 'AP100');
select refused(format('select agentpg.update_session(%L, null)', session_id()), 'AP100');
select refused(format('select agentpg.update_session(%L, ''{}'')', agentpg._uuid_v7()), 'AP002', '');

select * from finish();
rollback;
