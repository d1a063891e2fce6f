begin;
select plan(8);

create function pg_temp.agent(config text) returns void language sql as $$
  select agentpg.create_agent(name => 'x', model => 'claude-sonnet-4-5', config => agent.config::jsonb)
$$;
create function pg_temp.server(token text) returns text language sql as $$
  select format('[{"type": "url", "url": "https://mcp.example.com", "name": "tickets", "authorization_token": %s}]', token)
$$;
select refused($$ select pg_temp.agent('{"mcp_servers": ' || pg_temp.server('"s3cr3t"') || '}') $$, 'AP255', '\$secret');
select refused($$ select pg_temp.agent('{"request": {"mcp_servers": ' || pg_temp.server('"s3cr3t"') || '}}') $$, 'AP255', '\$secret');
select refused($$ select pg_temp.agent('{"mcp_servers": ' || pg_temp.server('{"env": "HOME"}') || '}') $$, 'AP255', '\$secret');
select refused($$ select given_run(options => jsonb_build_object('mcp_servers', pg_temp.server('"s3cr3t"')::jsonb)) $$, 'AP255', '\$secret');
select is((select count(*) from agentpg.agents a where a::text like '%s3cr3t%'), 0::bigint);
select lives_ok($$ select pg_temp.agent('{"mcp_servers": ' || pg_temp.server('{"$secret": "tickets"}') || '}') $$);
select refused($$ select pg_temp.agent('{"mcp_servers": [{"url": "https://mcp.example.com"}]}') $$, 'AP113', 'authorization_token');
select refused($$ select pg_temp.agent('{"mcp_servers": [{"name": "a"}, {"name": "a"}]}') $$, 'AP113', '');

select * from finish();
rollback;
