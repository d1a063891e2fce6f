-- Revert agentpg:conversation/compaction_config from pg
begin;

drop function agentpg._compaction_config(jsonb,text);
drop function agentpg._summarizer_model();
drop function agentpg._check_compaction(jsonb,text,text);
drop function agentpg._strategy_function(text);
drop function agentpg.compaction_defaults();

commit;
