begin;
select plan(7);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select agentpg.record_failure(iteration_id(), run_lease(), '{"status": 529}', interval '0');
select claim_one();
select answer(reply_text());

select refused('update agentpg.messages set content = content', 'AP200', '');
select refused('update agentpg.run_inputs set priority = 1', '42703', '');
select refused('update agentpg.run_inputs set content = content', 'AP200', '');
select refused('update agentpg.prompt_prefixes set body = body', 'AP200', '');
select refused('update agentpg.iterations set usage = usage', 'AP200', '');
select agentpg._put_aside(jsonb_build_array(image_block('cat')), session_id(), null);
select refused('update agentpg.large_contents set data = data', 'AP200', '');
select refused('update agentpg.failed_attempts set kind = kind', 'AP200', '');

select * from finish();
rollback;
