begin;
select plan(4);

create role somebody;
select refused('select agentpg.grant_access(''somebody'', ''owner'')', 'AP100', 'reader, client, executor or admin');
select refused('select agentpg.grant_access(''somebody'', null)', 'AP100');
select refused('select agentpg.grant_access(''nobody at all'', ''reader'')', '42704', '');
select is(has_schema_privilege('somebody', 'agentpg', 'usage'), false, 'nothing was granted');

select * from finish();
rollback;
