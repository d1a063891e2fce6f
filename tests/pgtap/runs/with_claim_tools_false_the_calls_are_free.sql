begin;
select plan(4);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
create temporary table reply as select reply_tool_use('toolu_1', 'lookup') as response;
select is(answer((select r.response from reply r), claim_tools => false), 0);
select is(tool_state('toolu_1'), 'pending');
select is(claim_tool(), 'toolu_1');
select is(answer((select r.response from reply r), claim_tools => false), 0, 'said again after somebody took them, it hands out none');

select * from finish();
rollback;
