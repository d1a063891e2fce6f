begin;
select plan(8);

create function pg_temp.search(n integer) returns jsonb language sql as
$$ select jsonb_build_object('type', 'server_tool_use', 'id', 's' || n, 'name', 'web_search', 'input', '{"query": "q"}'::jsonb) $$;
create function pg_temp.found(n integer) returns jsonb language sql as
$$ select jsonb_build_object('type', 'web_search_tool_result', 'tool_use_id', 's' || n, 'content', '[]'::jsonb) $$;
-- One round: blocks of the API's tools, and a call of ours.
create function pg_temp.round(n integer, tokens integer, variadic blocks jsonb[]) returns void language plpgsql as $$
begin
  perform answer(reply_blocks(to_jsonb(blocks) || jsonb_build_array(tool_use_block('t' || n, 'look', jsonb_build_object('q', repeat('q', 9000)))),
    'tool_use', jsonb_build_object('input_tokens', tokens, 'output_tokens', 5)), 'r');
  perform remember_claim(c.run_id, c.iteration_id, c.lease_token, c.request)
  from agentpg.complete_tool(tool_execution_id('t' || n), tool_lease('t' || n), '"seen"', claim_next => true) c;
end
$$;
create function pg_temp.ends() returns bigint[] language sql as
$$ select array_agg(s.seq order by s.seq) filter (where s.ends_round) from agentpg._sized_context(session_id()) s $$;

select given_instance('{look}'), given_agent(tools => '{look}');
select agentpg.configure(jsonb_build_object('compaction', small_window()));
select given_session(), given_run('r', 'go'), claim_one();
select pg_temp.round(1, 1000, pg_temp.search(1), pg_temp.found(1));
select is(pg_temp.ends(), '{1,3}', 'a result beside its call keeps no round open');
select pg_temp.round(2, 3000, pg_temp.search(2));
select is(pg_temp.ends(), '{1,3,5}', 'nor does a call without one: a request that begins here has neither');
select pg_temp.round(3, 6000, pg_temp.found(2), pg_temp.search(3));
select is(pg_temp.ends(), '{1,3,7}', 'a result that came a round later does');
select pg_temp.round(4, 12000, pg_temp.found(3));
select is(pg_temp.ends(), '{1,3,9}', 'and so does a chain of them');

select pg_temp.round(5, 18000, pg_temp.search(5), pg_temp.found(5));
select is((select array_agg(c.state || ' ' || c.cut_seq) from agentpg.compactions c), '{"summarizing 9"}', 'between two rounds of its own turn');
select claim_one(), answer(reply_text('S'), 'r'), claim_one();
select is((short_context('r'))[1], 'user: S');
select is((select count(*) from jsonb_path_query(request_of('r'), '$.messages[*].content[*].tool_use_id') id
  where not request_of('r') @? format('$.messages[*].content[*] ? (@.id == %s)', id)::jsonpath), 0::bigint, 'each result has its call');
select is_empty($$ select * from agentpg.invariant_violations $$);

select * from finish();
rollback;
