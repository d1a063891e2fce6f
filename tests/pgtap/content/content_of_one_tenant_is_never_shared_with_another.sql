begin;
select plan(6);

select given_agent();
select given_session('a1', '{"tenant_id": "a"}');
select given_session('a2', '{"tenant_id": "a"}');
select given_session('b', '{"tenant_id": "b"}');
select given_session('nobody');
select agentpg.create_run(session_id => session_id(s.name), agent_id => agent_id(), content => jsonb_build_array(image_block('cat')))
from unnest('{a1,a2,b,nobody}'::text[]) s(name);

select is(array(select c.tenant_id from agentpg.large_contents c order by 1), '{a,b,null}', 'each tenant has a string of its own, and so has none');
select is((select count(distinct c.sha256) from agentpg.large_contents c), 1::bigint);
select is(
  (select count(*) from agentpg.content_uses u join agentpg.large_contents c on c.id = u.content_id where c.tenant_id = 'a'), 2::bigint,
  'which its sessions share'
);
select is(
  (select count(*) from agentpg.content_uses u
   join agentpg.large_contents c on c.id = u.content_id
   join agentpg.sessions s on s.id = u.session_id
   where c.tenant_id is distinct from s.tenant_id),
  0::bigint
);
select is((select count(distinct m.content) from agentpg.messages m), 3::bigint, 'no reference of one stands in a message of another');
select is(array(select r.content from agentpg.list_runs() r), array_fill(jsonb_build_array(image_block('cat')), '{4}'), 'all read what they wrote');

select * from finish();
rollback;
