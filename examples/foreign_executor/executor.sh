#!/usr/bin/env bash
# A complete AgentPG executor in bash, with psql and curl. docs/howto/executor-in-another-language.md explains it.
# Takes DATABASE_URL and ANTHROPIC_API_KEY, and ANTHROPIC_BASE_URL to call something else than the real API.
set -euo pipefail
: "${DATABASE_URL:?}" "${ANTHROPIC_API_KEY:?}"
export PGCLIENTENCODING=UTF8
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d) && mkdir "$scratch/held"
cat >"$scratch/sent" <<HEADERS
x-api-key: $ANTHROPIC_API_KEY
anthropic-version: 2023-06-01
content-type: application/json
HEADERS

# Runs the statements on stdin; arguments name=value become psql variables. One line a row, tabs between the fields:
# JSON comes last and has neither, as jsonb writes them as \t and \n.
sql() {
  psql "$DATABASE_URL" --no-psqlrc --quiet --tuples-only --no-align --field-separator $'\t' \
    --set=ON_ERROR_STOP=1 --set=here="$here" --set=scratch="$scratch" "${@/#/--set=}"
}

# The tools. Input is JSON in $1, output is text; to fail is to end with a status other than 0.
field() { sql input="$1" name="$2" <<<"select :'input'::jsonb ->> :'name'"; }
tool_count_words() { field "$1" text | wc -w | tr -d ' '; }
tool_list_folder() { ls -- "$(field "$1" path)"; }

# Work that we hold is a file in $scratch/held, until it is recorded. The heartbeat renews what it finds there.
hold() { printf '{"%s": "%s", "lease_token": "%s"}\n' "$1" "$2" "$3" >"$scratch/held/$2"; }
let_go() { rm -f "$scratch/held/$1"; }
heartbeat() {
  trap 'kill "$!"; exit' TERM
  while sleep "$1" & wait "$!"; do
    sql instance="$instance" <<'SQL' >/dev/null || true
\set held `find :'scratch'/held -type f -exec cat {} + | paste -sd, -`
select agentpg.heartbeat(:'instance', ('[' || :'held' || ']')::jsonb);
select agentpg.run_maintenance(:'instance');
SQL
  done
}

claim_run() {
  sql instance="$instance" <<<"select run_id, iteration_id, lease_token, request from agentpg.claim_runs(:'instance')"
}
claim_tool() {
  sql instance="$instance" <<'SQL'
select tool_execution_id, lease_token, tool_name, input from agentpg.claim_tool_executions(:'instance')
SQL
}

# A claimed run: calls Claude, records the answer, and prints the tool executions that we now hold.
call_claude() {
  local run iteration token request status
  IFS=$'\t' read -r run iteration token request <<<"$1"
  hold run_id "$run" "$token"
  : >"$scratch/answer" && : >"$scratch/headers"
  status=$(curl --silent --show-error --max-time 600 --output "$scratch/answer" --dump-header "$scratch/headers" \
    --write-out '%{http_code}' --header @"$scratch/sent" --data-binary @- \
    "${ANTHROPIC_BASE_URL:-https://api.anthropic.com}/v1/messages" <<<"$request") || status=0
  if [ "$status" = 200 ]; then
    sql iteration="$iteration" token="$token" <<'SQL' || true
\set answer `cat :'scratch'/answer`
select tool_execution_id, lease_token, tool_name, input
from agentpg.record_response(:'iteration', :'token', :'answer'::jsonb)
SQL
  else
    sql iteration="$iteration" token="$token" status="$status" <<'SQL' >/dev/null || true
\set answer `head -c 2000 :'scratch'/answer`
\set wait `sed -n 's/^retry-after: *\([0-9]*\).*/\1 seconds/Ip' :'scratch'/headers`
select from agentpg.record_failure(:'iteration', :'token',
  jsonb_build_object('type', 'http_' || :'status', 'status', nullif(:'status', '0')::int, 'message', :'answer'),
  retry_after => nullif(:'wait', '')::interval)
SQL
  fi
  let_go "$run"
}

# A claimed tool execution: runs the tool and records its end. The last one of a turn prints the run's next claim.
run_tool() {
  local execution token name input end="complete_tool(:'execution', :'token', to_jsonb(:'said'::text)"
  IFS=$'\t' read -r execution token name input <<<"$1"
  "tool_$name" "$input" >"$scratch/said" 2>&1 || end="fail_tool(:'execution', :'token', :'said'"
  sql execution="$execution" token="$token" <<SQL || true
\\set said \`cat :'scratch'/said\`
select run_id, iteration_id, lease_token, request from agentpg.$end, claim_next => true)
SQL
  let_go "$execution"
}

# A run, from one model call to the next, until there is nothing more for us in it.
work() {
  local run=$1 tools tool execution token rest
  while [ -n "$run" ]; do
    tools=$(call_claude "$run")
    while IFS=$'\t' read -r execution token rest; do
      [ -z "$execution" ] || hold tool_execution_id "$execution" "$token"
    done <<<"$tools"
    run=
    while read -r tool; do
      [ -z "$tool" ] || run+=$(run_tool "$tool" </dev/null)
    done <<<"$tools"
  done
}

# Before the database knows of us, so that we never leave without telling it.
instance= heart=
farewell() {
  [ -z "$heart" ] || kill "$heart" 2>/dev/null || true
  [ -z "$instance" ] || sql instance="$instance" <<<"select agentpg.deregister_instance(:'instance')" >/dev/null || true
  rm -rf "$scratch"
}
trap farewell EXIT
trap 'exit 0' TERM INT
IFS=$'\t' read -r instance beat < <(sql pid=$$ <<'SQL'
select instance_id, extract(epoch from heartbeat_interval)
from agentpg.register_instance(name => 'bash', pid => :pid, max_concurrent_runs => 1, max_concurrent_tools => 1)
SQL
)
sql instance="$instance" <<'SQL' >/dev/null
\set tools `cat :'here'/tools.json`
select agentpg.register_tools(:'instance', :'tools'::jsonb)
SQL
heartbeat "$beat" &
heart=$!
echo "executor $instance is at work" >&2

while :; do
  claim=$(claim_run)
  if [ -n "$claim" ]; then
    work "$claim"
    continue
  fi
  claim=$(claim_tool)
  if [ -n "$claim" ]; then
    IFS=$'\t' read -r execution token _ <<<"$claim"
    hold tool_execution_id "$execution" "$token"
    work "$(run_tool "$claim")"
    continue
  fi
  sleep 1
done
