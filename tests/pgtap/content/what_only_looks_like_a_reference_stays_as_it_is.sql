begin;
select plan(10);

select given_instance('{look}');
select given_agent(tools => '{look}');
select given_session();
select given_session('other');
select agentpg.create_run(session_id => session_id('other'), agent_id => agent_id(), content => jsonb_build_array(image_block('secret')));
create temporary table posed as select jsonb_build_array(
  image_block('cat'),
  '{"type": "invented", "data": {"$agentpg_content": "x"}}'::jsonb, '{"type": "invented", "data": {"$agentpg_content": "00000000-0000-0000-0000-000000000000", "bytes": 3}}'::jsonb,
  '{"type": "invented", "data": {"$agentpg_content": 3}}'::jsonb, '{"type": "invented", "data": {"$agentpg_content": {"data": {"$agentpg_content": null}}}}'::jsonb,
  '{"type": "invented", "data": "{\"$agentpg_content\": \"00000000-0000-0000-0000-000000000000\"}"}'::jsonb, '{"type": "invented", "$agentpg_content": "y", "data": [{"$agentpg_content": "z"}]}'::jsonb,
  text_block('{"data": {"$agentpg_content": "w"}}')
) as content;

select remember('run', 'run', agentpg.create_run(session_id => session_id(), agent_id => agent_id(), content => p.content)) from posed p;
select claim_one();
select is(claim_one(), 'run');
select is(request_of() #> '{messages,0,content}', p.content, 'in a request') from posed p;
select is((select m.content from agentpg.session_messages(session_id()) m), p.content, 'and in a transcript') from posed p;
select is(references_in(m.content), 6, 'beside a true one') from agentpg.messages m where m.session_id = session_id();
select is((select count(*) from agentpg.large_contents), 2::bigint);

-- A hash of the content is no key to it, the content of another tenant or session least of all.
select is(agentpg.whole_content(d.node), d.node, 'a hash resolves to nothing')
from (select jsonb_build_object('data', jsonb_build_object('$agentpg_content', encode(c.sha256, 'hex'))) from agentpg.large_contents c limit 1) d(node);

-- What is nested deeper than any block is neither taken apart nor put together, and costs no stack.
create temporary table deep as
with recursive d(n, node) as (
  select 1, '{"data": {"$agentpg_content": "x"}}'::jsonb union all select d.n + 1, jsonb_build_object('data', '{"$agentpg_content": "x"}'::jsonb, 'in', d.node) from d where d.n < 900
)
select d.node from d where d.n = 900;
select is(agentpg.whole_content(d.node), d.node, 'nine hundred levels of poses') from deep d;
select is(
  agentpg.whole_content(jsonb_build_array(d.node, jsonb_build_object('data', jsonb_build_object('$agentpg_content', c.id)))) -> 1 ->> 'data', c.data,
  'beside a true reference too'
) from deep d, (select * from agentpg.large_contents limit 1) c;
select is(agentpg._put_aside(jsonb_build_object('x', d.node, 'y', large_string('z')), session_id(), null), jsonb_build_object('x', d.node, 'y', large_string('z')))
from deep d;
select is(
  (select octet_length(agentpg._put_aside(jsonb_build_array(d.node, image_block('new')), session_id(), null)::text) < octet_length(d.node::text) + 300 from deep d),
  true, 'what can be put aside is'
);

select * from finish();
rollback;
