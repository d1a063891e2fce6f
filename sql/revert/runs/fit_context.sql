-- Revert agentpg:runs/fit_context from pg
begin;

drop function agentpg._go_on_compacted(agentpg.runs);
drop function agentpg._compact_overflow(agentpg.runs,bigint);
drop function agentpg._overflowed_before(agentpg.runs);
drop function agentpg._begin_turn(agentpg.runs,boolean);
drop function agentpg._fit_context(agentpg.runs,text);
drop function agentpg._context_after(agentpg.runs,jsonb,jsonb);

commit;
