begin;
select plan(20);

select given_instance();
select given_run();
select claim_one();
create temporary table before as select everything() as all_rows;
select refused(format('select * from agentpg.record_response(%L, %L, %L)', iteration_id(), run_lease(), r.response), 'AP115', 'record_failure')
from (values
  (null), ('null'), ('[]'), ('"Hello"'), ('{}'), ('{"role": "assistant"}'), ('{"role": "assistant", "content": "text"}'),
  ('{"role": "user", "content": [], "stop_reason": "end_turn"}'), ('{"content": [], "stop_reason": "end_turn"}'),
  ('{"role": "assistant", "content": [], "stop_reason": 3}'),
  ('{"role": "assistant", "content": [], "stop_reason": "end_turn", "usage": [1]}'),
  ('{"role": "assistant", "content": [{"text": "x"}], "stop_reason": "end_turn"}'),
  ('{"role": "assistant", "content": ["x"], "stop_reason": "end_turn"}'),
  ('{"role": "assistant", "content": [{"type": "tool_use", "name": "x", "input": {}}], "stop_reason": "tool_use"}'),
  ('{"role": "assistant", "content": [{"type": "tool_use", "id": "x", "input": {}}], "stop_reason": "tool_use"}')
) as r(response);
select refused(format('select * from agentpg.record_response(%L, %L, ''{"role": "assistant", "content": [{"type": "text", "text": "\u0000"}], "stop_reason": "end_turn"}'')', iteration_id(), run_lease()), '22P05', '');
select refused(format('select * from agentpg.record_response(%L, %L, %L)', agentpg._uuid_v7(), run_lease(), reply_text()), 'AP004', '');
select refused(format('select * from agentpg.record_response(null, %L, %L)', run_lease(), reply_text()), 'AP004', '');
select is(everything(), (select b.all_rows from before b), 'nothing was written');
select is(answer(reply_text()), 0, 'the lease is still good');

select * from finish();
rollback;
