begin;
select plan(2);

select given_instance();
select given_agent();
select given_session();
select remember('run', 'run', agentpg.create_run(session_id => session_id(), agent_id => agent_id(), content => '[
  {"type": "text", "text": "What is this?", "cache_control": {"type": "ephemeral"}},
  {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
  {"type": "invented_in_2031", "deep": {"a": [1, 2.50, null]}}
]'));
select claim_one();
select is(request_of() #> '{messages,0,content}', '[
  {"type": "text", "text": "What is this?", "cache_control": {"type": "ephemeral"}},
  {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
  {"type": "invented_in_2031", "deep": {"a": [1, 2.50, null]}}
]', 'they reach the request as they came');
select is((select r.prompt from agentpg.get_run(run_id()) r), 'What is this?', 'prompt is their text');

select * from finish();
rollback;
