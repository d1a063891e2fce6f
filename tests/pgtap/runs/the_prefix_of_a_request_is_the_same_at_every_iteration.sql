begin;
select plan(3);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
create temporary table first as select request_of() as request;
select answer(reply_tool_use('toolu_1', 'lookup'));
select finish_tool('toolu_1', claim_next => true);
select is((request_of() - 'messages')::text, ((select f.request from first f) - 'messages')::text);
select is(request_of() #> '{messages,0}', (select f.request #> '{messages,0}' from first f), 'what was said stays as it was');
select is(jsonb_array_length(request_of() -> 'messages'), 3);

select * from finish();
rollback;
