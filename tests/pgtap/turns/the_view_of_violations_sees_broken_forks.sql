begin;
select plan(6);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run('a'), claim_one();
select answer(reply_tool_use('t1', 'lookup'), 'a'), finish_tool('t1', claim_next => true), answer(reply_text('A.'), 'a');
select given_fork('fork');
select given_turn('b', 'B?', 'B.', 'fork');
select given_regenerated('b2', 'b');
select is_empty('select * from agentpg.invariant_violations', 'all is well');

-- Broken by hand, with the guards of the tables out of the way.
set local session_replication_role = replica;
savepoint well;
delete from agentpg.messages where session_id = session_id('fork') and seq = 5;
select set_has($$ select rule from agentpg.invariant_violations $$, $$ values ('gap_in_seq') $$);
rollback to well;
update agentpg.session_origins set last_seq = 2;
select set_eq($$ select rule from agentpg.invariant_violations $$, $$ values ('gap_in_inherited_seq'), ('fork_inside_a_call') $$);
rollback to well;
delete from agentpg.session_origins;
select set_eq($$ select rule from agentpg.invariant_violations $$, $$ values ('gap_in_inherited_seq') $$);
rollback to well;
delete from agentpg.messages where session_id = session_id() and seq = 4;
select set_has($$ select rule from agentpg.invariant_violations $$, $$ values ('gap_in_inherited_seq') $$);
rollback to well;
update agentpg.runs set state = 'pending', finalized_at = null, blocked = true where id = run_id('b');
select set_eq($$ select rule from agentpg.invariant_violations $$, $$ values ('superseded_but_active') $$);

select * from finish();
rollback;
