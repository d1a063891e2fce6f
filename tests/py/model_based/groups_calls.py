"""What a worker says to the database, for many runs at once and for one; and what is looked at between."""

from __future__ import annotations

RECORD_ALL = """
select place, to_jsonb(claims) as claims
from agentpg.record_responses(%s::uuid[], %s::uuid[], %s, %s::text[], %s::integer[], %s)
"""
COMPLETE_ALL = """
select place, to_jsonb(claim) as claim
from agentpg.complete_tools(%s::uuid[], %s::uuid[], %s, %s::boolean[], %s)
"""
RECORD = """
select to_jsonb(c) as claim
from agentpg.record_response(%s, %s, %s, request_id => %s, max_tools => %s, said => %s) with ordinality as c
order by c.ordinality
"""
COMPLETE = """
select to_jsonb(c) as claim from agentpg.complete_tool(%s, %s, %s, %s, claim_next => true, known => %s) c
"""
PAUSE = """
select agentpg._pause_queue(q.id, agentpg.now() + interval '4 seconds', 'overloaded') from agentpg.queues q
"""
ASKED = (
    "select e.id from agentpg.tool_executions e where e.state = 'awaiting_approval' order by e.tool_use_id"
)
SEEN = """
select state::text as what from agentpg.runs
union all select state::text from agentpg.tool_executions
union all select 'queued run' from agentpg.runs where blocked
union all select 'delegate' from agentpg.run_inputs where depth > 0
"""
