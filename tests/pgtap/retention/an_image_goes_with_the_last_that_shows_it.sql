begin;
select plan(8);

select given_instance(), given_agent();
create function pg_temp.seen(run text, data text, session text default 'session') returns void language plpgsql as $$
begin
  perform given_session(session) where not exists (select from agentpg_test.known k where k.kind = 'session' and k.name = seen.session);
  perform remember('run', run, agentpg.create_run(session_id(session), agent_id(), content => jsonb_build_array(jsonb_build_object('type', 'image',
    'source', jsonb_build_object('type', 'base64', 'media_type', 'image/png', 'data', repeat(data, 10000))))));
  perform claim_one();
  perform answer(reply_text('Seen.'), run);
end $$;
select pg_temp.seen('first', 'QUJD');
select pg_temp.seen('second', 'REVG');
select pg_temp.seen('third', 'REVG');
select is((select count(*) from agentpg.content_uses), 2::bigint);

-- The summary stands for the first turn: its messages go, and with its run the last that names its image.
select agentpg.apply_compaction(session_id(), '{"cut_seq": 2, "summary": "A picture."}');
select agentpg.set_retention('archives', '1 day'), agentpg.set_retention('runs', '3 days');
select advance('2 days');
select is((maintain() -> 'expired' ->> 'archives_compacted')::integer, 1);
select is((select count(*) from agentpg.content_uses), 2::bigint, 'its run has it still');
select advance('2 days');
select maintain();
select is((select count(*) from agentpg.content_uses), 1::bigint);
select maintain();
select is((select count(*) from agentpg.large_contents), 1::bigint, 'nobody refers to it');
select is((select content #>> '{0,source,data}' from agentpg.session_messages(session_id()) where seq = 3), repeat('REVG', 10000), 'the other one is shown');

select agentpg.delete_session(session_id());
select maintain();
select is((select count(*) from agentpg.large_contents), 0::bigint, 'the last session takes it along');
select all_is_well();

select * from finish();
rollback;
