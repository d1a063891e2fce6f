begin;
select plan(6);

select given_session();
select given_agent();
select agentpg.configure('{"max_content_bytes": 100}');
create temporary table before as select everything() as all_rows;
create function pg_temp.run(arguments text) returns text language sql as
$$ select format('select agentpg.create_run(session_id => %L, agent_id => %L, %s)', session_id(), agent_id(), arguments) $$;
select refused(pg_temp.run('prompt => repeat(''x'', 100)'), 'AP105', 'max_content_bytes');
select refused(pg_temp.run('prompt => repeat(''ä'', 50)'), 'AP105', 'max_content_bytes');
select refused(pg_temp.run('content => jsonb_build_array(jsonb_build_object(''type'', ''future'', ''data'', repeat(''x'', 100)))'), 'AP105');
select refused(pg_temp.run('prompt => ''x'', variables => jsonb_build_object(''x'', repeat(''x'', 100))'), 'AP105', '');
select is(everything(), (select b.all_rows from before b), 'nothing was written');
select lives_ok(pg_temp.run('prompt => repeat(''x'', 50)'), 'what fits is taken');

select * from finish();
rollback;
