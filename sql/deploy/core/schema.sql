-- Deploy agentpg:core/schema to pg
begin;

create schema agentpg;

comment on schema agentpg is
  'AgentPG: durable Claude agents as rows. Public functions are the API; names that begin with _ are internal.';

revoke all on schema agentpg from public;

commit;
