begin;
select plan(9);

select given_instance(), given_batch_runs('a', 'b'), advance('1 minute');
select gather();
select send();
select is_empty('select * from agentpg.invariant_violations', 'all is well');
create function pg_temp.rules() returns text language sql as
$$ select string_agg(distinct v.rule, ' ' order by v.rule) from agentpg.invariant_violations v $$;

-- Broken by hand, with the guards of the tables out of the way.
set local session_replication_role = replica;
savepoint well;
update agentpg.batch_members set settled_at = agentpg.now() where run_id = run_id('a');
select is(pg_temp.rules(), 'in_a_batch_that_knows_it_not', 'settled');
rollback to well;
update agentpg.batch_members set withdrawn_at = agentpg.now() where run_id = run_id('a');
select is(pg_temp.rules(), 'in_a_batch_that_knows_it_not', 'withdrawn');
rollback to well;
delete from agentpg.batch_members where run_id = run_id('a');
select is(pg_temp.rules(), 'batch_requests_miscounted in_a_batch_that_knows_it_not', 'missing');
rollback to well;
update agentpg.runs set iteration_id = agentpg._iteration_id(id, 2), iteration_number = 2 where id = run_id('a');
select is(pg_temp.rules(), 'in_a_batch_that_knows_it_not', 'of another call');
rollback to well;
update agentpg.batches set state = 'abandoned', closed_at = agentpg.now(), next_poll_at = null;
select is(pg_temp.rules(), 'batch_over_with_a_member_in_it');
update agentpg.batch_members set result = '{"type": "released"}';
select is(pg_temp.rules(), null, 'a kept result will be given to it');
rollback to well;
insert into agentpg.batches (request_count, request_bytes, next_poll_at) values (1, 1, agentpg.now());
insert into agentpg.batch_members (batch_id, ordinal, run_id, iteration_id)
select b.id, 1, r.id, r.iteration_id from agentpg.batches b, agentpg.runs r where b.state = 'gathered' and r.id = run_id('a');
select is(pg_temp.rules(), 'one_call_in_two_batches');
update agentpg.batch_members set withdrawn_at = agentpg.now() where batch_id <> batch_id();
select is(pg_temp.rules(), null, 'what it left does not count');

select * from finish();
rollback;
