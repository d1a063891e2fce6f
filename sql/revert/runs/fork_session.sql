-- Revert agentpg:runs/fork_session from pg
begin;

drop function agentpg.fork_session(uuid,bigint,jsonb);
drop function agentpg._fork(agentpg.sessions,bigint,jsonb);
drop function agentpg._check_not_archived(agentpg.sessions,bigint);
drop function agentpg._check_cut(agentpg.sessions,bigint);
drop function agentpg._last_cut(agentpg.sessions);
drop function agentpg._turn_at(uuid,bigint);

commit;
