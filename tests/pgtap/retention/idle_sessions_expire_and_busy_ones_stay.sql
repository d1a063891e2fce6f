begin;
select plan(15);

select given_instance();
select given_run('old', session => 'old');
select claim_one();
select answer(reply_text('Old.'), 'old');
select given_run('working', session => 'working');
select claim_one();
select given_run('forked', session => 'forked');
select claim_one();
select answer(reply_text('Shown.'), 'forked');
select given_run('waits', session => 'waits');
select claim_one();
select answer(reply_text('Half', 'max_tokens'), 'waits');
select remember('session', 'child', agentpg.create_session(parent_session_id => session_id('old')));
select advance('31 days');
select remember('session', 'fork', agentpg.fork_session(session_id('forked')));
select given_run('young', session => 'young');

create function pg_temp.left() returns text[] language sql as
$$ select array_agg(k.name order by k.name) from agentpg_test.known k join agentpg.sessions s on s.id = k.id where k.kind = 'session' $$;

select agentpg.set_retention('sessions', '30 days');
select results_eq(
  $$ select count, oldest < agentpg.now() - interval '30 days', older_than < agentpg.now() - interval '29 days'
     from agentpg.apply_retention(dry_run => true) where kind = 'sessions' $$,
  $$ values (2::bigint, true, true) $$, 'a dry run counts them'
);
select is(pg_temp.left(), '{child,fork,forked,old,waits,working,young}', 'and deletes none');
select is((select count from agentpg.apply_retention() where kind = 'sessions'), 2::bigint);
select is(
  pg_temp.left(), '{fork,forked,working,young}',
  'what is at work, shown by a fork or young stays; a child goes with its parent'
);
select is((select count from agentpg.apply_retention() where kind = 'sessions'), 0::bigint, 'there is no more');
select all_is_well();

-- The fork has grown old too: first it goes, then its origin.
select agentpg.cancel_run(run_id('working'));
select agentpg.cancel_run(run_id('young'));
select advance('31 days');
select is((maintain() -> 'expired' ->> 'sessions_idle')::integer, 3, 'the maintenance does it by itself');
select is(pg_temp.left(), '{forked}');
select is((maintain() -> 'expired' ->> 'sessions_idle')::integer, 1);
select is(pg_temp.left(), null);

-- A bounded number a call; the next one goes on.
do $$ begin for i in 1..7 loop perform agentpg.create_session(); end loop; end $$;
select advance('31 days');
select is((select count from agentpg.apply_retention(3) where kind = 'sessions'), 3::bigint);
select is((select walked_to is not null from agentpg.retention_policies where kind = 'sessions'), true, 'the place is kept');
select is((select count from agentpg.apply_retention(3) where kind = 'sessions'), 3::bigint);
select is((select count from agentpg.apply_retention(3) where kind = 'sessions'), 1::bigint);
select all_is_well();

select * from finish();
rollback;
