begin;
select plan(1);

select given_instance();
select given_run();
select claim_one();
select answer(reply_blocks('[{"type": "compaction", "content": "So far: hello."}]', 'compaction'));
select is((select row(r.state, r.current_iteration)::text from agentpg.get_run(run_id()) r), '(pending,2)');

select * from finish();
rollback;
