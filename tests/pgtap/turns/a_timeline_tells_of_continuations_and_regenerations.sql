begin;
select plan(3);

select freeze();
select given_instance();
select given_run(), advance('1 second'), claim_one(), advance('1 second'), answer(reply_text('Half', 'max_tokens')), advance('1 second');
select agentpg.continue_run(run_id(), 'Go on.'), advance('1 second');
select claim_one(), advance('1 second'), answer(reply_text('and half.')), advance('1 second');
select given_regenerated('again'), advance('1 second');
select is(
  (select array_agg(t.event || coalesce(' ' || t.iteration, '')) from agentpg.run_timeline(run_id()) t),
  '{created,model call 1,answer 1,continued 2,model call 2,answer 2,completed 2,regenerated}'
);
select is((select t.detail from agentpg.run_timeline(run_id()) t where t.event = 'continued'), 'after max_tokens, Go on.');
select is((select t.detail from agentpg.run_timeline(run_id()) t where t.event = 'regenerated'), format('as run %s', run_id('again')));

select * from finish();
rollback;
