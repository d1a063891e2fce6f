begin;
select plan(35);

select given_instance('{look}');
select given_agent('worker', '{look}');
select given_run(agent => 'worker');
select claim_one();
select answer(reply_tool_use('toolu_1', 'look'));
select finish_tool('toolu_1', '"Blue."', claim_next => true);
select answer(reply_text('Blue.'));
create temp table document as select agentpg.export_session(session_id()) as d, everything() as hash;

create function pg_temp.with_bad(path text[], value jsonb, place text) returns text language plpgsql as $$
declare v_message text;
begin
  begin
    perform agentpg.import_session((select case when with_bad.value is null then d #- with_bad.path else jsonb_set(d, with_bad.path, with_bad.value) end from document));
  exception when others then
    get stacked diagnostics v_message = message_text;
    return is(sqlstate || ' ' || split_part(v_message, ' ', 1), 'AP264 ' || with_bad.place, v_message);
  end;
  return fail('not refused: ' || place);
end $$;
select pg_temp.with_bad('{format}', '"agentpg.dream"', 'format');
select pg_temp.with_bad('{version}', '2', 'version');
select pg_temp.with_bad('{version}', null, 'version');
select pg_temp.with_bad('{sessions}', '[]', 'sessions');
select pg_temp.with_bad('{sessions}', '{}', 'sessions');
select pg_temp.with_bad('{sessions,0}', '3', 'sessions[0]');
select pg_temp.with_bad('{sessions,0,id}', '"x"', 'sessions[0].id');
select pg_temp.with_bad('{sessions,0,on_busy}', '"wait"', 'sessions[0].on_busy');
select pg_temp.with_bad('{sessions,0,superseded_seqs}', '"all"', 'sessions[0].superseded_seqs');
select pg_temp.with_bad('{sessions,0,runs,0,id}', to_jsonb(agentpg._uuid_v7()), 'sessions[0].runs[0].id');
select pg_temp.with_bad('{sessions,0,runs,0,iteration_number}', '7', 'sessions[0].runs[0].id');
select pg_temp.with_bad('{sessions,0,runs,0,iterations,0,number}', '65537', 'sessions[0].runs[0].id');
select pg_temp.with_bad('{sessions,0,runs,0,tool_executions,0,iteration_id}', to_jsonb(agentpg._uuid_v7()), 'sessions[0].runs[0].id');
select pg_temp.with_bad('{sessions,0,messages,1,seq}', '7', 'sessions[0].messages[1]');
select pg_temp.with_bad('{sessions,0,messages,0,role}', '"pope"', 'sessions[0].messages[0].role');
select pg_temp.with_bad('{sessions,0,messages,0,content}', '[]', 'sessions[0].messages[0]');
select pg_temp.with_bad('{sessions,0,messages,0,content,0,type}', null, 'sessions[0].messages[0]');
select pg_temp.with_bad('{sessions,0,messages,0,created_at}', '"soon"', 'sessions[0].messages[0].created_at');
select pg_temp.with_bad('{sessions,0,messages,2}', null, 'sessions[0].messages[2]');
select pg_temp.with_bad('{sessions,0,messages,2,content,0,tool_use_id}', '"toolu_9"', 'sessions[0].messages[1]');
select pg_temp.with_bad('{sessions,0,messages,3}', null, 'sessions[0].runs[0]');
select pg_temp.with_bad('{sessions,0,runs,0,state}', '"bored"', 'sessions[0].runs[0].state');
select pg_temp.with_bad('{sessions,0,runs,0,agent_id}', to_jsonb(agentpg._uuid_v7()), 'sessions[0].runs[0].agent_id');
select pg_temp.with_bad('{sessions,0,runs,0,prefix_id}', to_jsonb(agentpg._uuid_v7()), 'sessions[0].runs[0].prefix_id');
select pg_temp.with_bad('{sessions,0,runs,0,max_iterations}', '-1', 'sessions[0].runs[0].max_iterations');
select pg_temp.with_bad('{sessions,0,runs,0,iterations,0,number}', '"one"', 'sessions[0].runs[0].iterations[0].number');
select pg_temp.with_bad('{sessions,0,runs,0,tool_executions,0,state}', '"lost"', 'sessions[0].runs[0].tool_executions[0].state');
select pg_temp.with_bad('{sessions,0,compactions}', null, 'sessions[0].compactions');
select pg_temp.with_bad('{agents,0,name}', null, 'agents[0].name');
select pg_temp.with_bad('{agents,0,agent_ids}', jsonb_build_array(agentpg._uuid_v7()), 'agents');
select pg_temp.with_bad('{sessions,0,runs,0,iterations,0,input_tokens}', '-5', 'session');
select refused($$ select agentpg.import_session(null) $$, 'AP264', 'export_session');
select refused($$ select agentpg.import_session((select d from document), metadata => '[1]') $$, 'AP104', '.*');
select is(everything(), (select hash from document), 'nothing was written');

-- Under its own ids it is refused while they are taken.
select refused($$ select agentpg.import_session((select d from document), keep_ids => true) $$, 'AP263', 'new ids');

select * from finish();
rollback;
