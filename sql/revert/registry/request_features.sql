-- Revert agentpg:registry/request_features from pg
begin;

drop function agentpg._check_tool_names(jsonb,text[]);
drop function agentpg._server_tools_of(jsonb,jsonb,jsonb);
drop function agentpg._request_of(jsonb,jsonb);
drop function agentpg._feature_parameters(jsonb,text);
drop function agentpg._merge_request(jsonb,jsonb);
drop function agentpg._check_features(jsonb,text,text);
drop function agentpg._check_server_tools(jsonb,text,text);
drop function agentpg._is_list_of(jsonb,text);
drop function agentpg._feature_names();

commit;
