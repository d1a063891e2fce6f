begin;
select plan(13);

select given_instance();
select given_agent();
select given_session();
create temporary table given as select jsonb_build_array(text_block('What is it?'), image_block('cat')) as prompt;
select remember('run', 'run', agentpg.create_run(session_id => session_id(), agent_id => agent_id(), content => g.prompt, idempotency_key => 'k')) from given g;
select is(
  (select agentpg.create_run(session_id => session_id(), agent_id => agent_id(), content => g.prompt, idempotency_key => 'k') from given g), run_id(),
  'the same request under its key is the same run'
);
select refused(format(
  $$ select agentpg.create_run(session_id => %L, agent_id => %L, content => jsonb_build_array(text_block('What is it?'), image_block('dog')), idempotency_key => 'k') $$,
  session_id(), agent_id()
), 'AP011');
select is((select count(*) from agentpg.large_contents), 1::bigint, 'what was refused is not kept');
select claim_one();
select answer(reply_text('A cat.'));

select remember('session', 'fork', agentpg.fork_session(session_id()));
select is((select count(*) from agentpg.content_uses u where u.session_id = session_id('fork')), 1::bigint, 'a fork refers to what it inherits');
select given_run('next', 'And now?', 'fork');
select is(claim_one(), 'next');
select is(request_of('next') #> '{messages,0,content}', g.prompt, 'and sends it') from given g;
select is((select m.content from agentpg.session_messages(session_id('fork')) m limit 1), g.prompt) from given g;

select remember('run', 'anew', agentpg.regenerate_run(run_id()));
select is(claim_one(), 'anew');
select is(request_of('anew') #> '{messages,0,content}', g.prompt, 'a regenerated turn has its prompt') from given g;
select is((agentpg.get_run(run_id('anew'))).content, g.prompt) from given g;
select is((select count(*) from agentpg.large_contents), 1::bigint, 'all of them share one string');

-- A queued prompt joins the transcript when its turn comes.
select remember('run', 'queued', agentpg.create_run(session_id => session_id(), agent_id => agent_id(), content => jsonb_build_array(image_block('dog'))));
select answer(reply_text('A cat indeed.'), 'anew');
select is(claim_one(), 'queued');
select is(request_of('queued') #> '{messages,2,content}', jsonb_build_array(image_block('dog')));

select * from finish();
rollback;
