begin;
select plan(16);

select given_instance('{look}');
select given_agent('worker', '{look}');
select agentpg.register_tools(null, '[{"name": "login", "description": "Logs in.", "input_schema": {"type": "object", "properties": {"api_key": {"type": "string"}}}}]');
select remember('agent', 'assistant', (agentpg.create_agent('assistant', 'claude-sonnet-4-5', tools => '{login}', config =>
  '{"request": {"mcp_servers": [{"type": "url", "url": "https://mcp.test", "name": "files", "authorization_token": {"$secret": "files"}}]}}')).id);
select given_run(options => '{"request": {"metadata": {"user_id": "u"}}}');
select claim_one();
select answer(reply_text('One.'));
-- A compaction in force, over one that it goes on from.
insert into agentpg.compactions (session_id, cut_seq, state, cause, strategy, config, summarized_seq, chunk_seq, summary, original_tokens,
  compacted_tokens, messages_removed, placeholder_seqs)
values (session_id(), 0, 'ready', 'manual', 'prune', '{}', 0, 0, null, 100, 10, 0, '{[1,2)}');
update agentpg.compactions set state = 'applied', closed_at = now();
insert into agentpg.compactions (session_id, base_id, cut_seq, state, cause, strategy, config, summarized_seq, chunk_seq, summary, original_tokens,
  compacted_tokens, messages_removed)
select session_id(), c.id, 2, 'ready', 'manual', 'summarization', '{}', 2, 2, 'They greeted.', 100, 10, 2 from agentpg.compactions c;
update agentpg.compactions set state = 'applied', closed_at = now() where state = 'ready';
update agentpg.sessions set compaction_id = (select id from agentpg.compactions where cut_seq = 2), compaction = '{"keep_last": 3}', thinking_from_seq = 3;
-- An image that is stored once for all.
create temp table image as select jsonb_build_array('{"type": "text", "text": "See."}'::jsonb, jsonb_build_object('type', 'image', 'source',
  jsonb_build_object('type', 'base64', 'media_type', 'image/png', 'data', repeat('QUJD', 10000)))) as content;
select remember('run', 'sees', agentpg.create_run(session_id(), agent_id('worker'), content => (select content from image)));
select claim_one();
select answer(reply_text('A cat.'), 'sees');

-- Refused at the door by now; an older release may have taken it.
update agentpg.agents set config = jsonb_set(config, '{request,mcp_servers,0,api_key}', '"s3cret"');

insert into agentpg.output_repairs (run_id, iteration_number, reason) values (run_id('sees'), 1, 'refused');

create temp table document as select agentpg.export_session(session_id()) as d;
select is((select d::text like '%s3cret%' from document), false, 'tokens stay here');
select is((select d::text like '%"authorization_token": {"$secret": "files"}%' from document), true, 'their names go along');
select is((select d #>> '{prefixes,0,body,tools,0,input_schema,properties,api_key,type}' from document), 'string', 'a property of a tool is none');
select is((select d #> '{sessions,0,messages,2,content}' from document), (select content from image), 'images are in it in full');
select is((select jsonb_array_length(d #> '{sessions,0,compactions}') from document), 2, 'the summary in force, and the one it goes on from');

select remember('session', 'copy', agentpg.import_session((select d from document)));
select is((select count(*) from agentpg.large_contents), 1::bigint, 'a string is stored once for a tenant');
select is((select count(*) from agentpg.content_uses u where u.session_id = session_id('copy')), 1::bigint);
select is(
  -- Whole: a string that somebody else stores at the same moment stays in its message.
  agentpg._whole_messages(session_id('copy'), agentpg._request_messages(session_id('copy'), 'claude-sonnet-4-5'))::text,
  agentpg._whole_messages(session_id(), agentpg._request_messages(session_id(), 'claude-sonnet-4-5'))::text,
  'the summary stands for the beginning there too'
);
select is((select count(*) from agentpg.output_repairs o join agentpg.runs r on r.id = o.run_id where r.session_id = session_id('copy')), 1::bigint);
select is((select compaction from agentpg.sessions where id = session_id('copy')), '{"keep_last": 3}');
select is((select b.placeholder_seqs::text from agentpg.sessions s join agentpg.compactions c on c.id = s.compaction_id
  join agentpg.compactions b on b.id = c.base_id where s.id = session_id('copy') and b.session_id = s.id), '{[1,2)}');

-- Another tenant; the agents are told apart by their metadata.
select remember('session', 'moved', agentpg.import_session((select d from document), metadata => '{"tenant_id": "acme", "topic": "cats"}'));
select is((select array_agg(distinct m.tenant_id) from agentpg.messages m where m.session_id = session_id('moved')), '{acme}');
select is((select count(*) from agentpg.large_contents), 2::bigint, 'tenants share nothing');

-- Under its own ids, once the original has gone.
select agentpg.delete_session(session_id());
select is(agentpg.import_session((select d from document), keep_ids => true), session_id(), 'ids can be kept');
select is((select response_text from agentpg.run_details where id = run_id('sees')), 'A cat.');
select all_is_well();

select * from finish();
rollback;
