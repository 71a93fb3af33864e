#!/usr/bin/env bash
# Breaks the pool that serves, under traffic, and says whether a client noticed.
#
#   usage: ./check_failover.sh [HOST]        (default 127.0.0.1; the stack of ./run or docker compose must be up)
#
# For chaos modes `error` and `timeout`: GETs through nginx before, during and after chaos. PASS when none failed,
# the other pool took over within 5 s and gave at least 95 % of the answers until chaos ended, and the first pool
# came back. POSTs are measured apart and don't decide: nginx repeats them only when told to
# (PROXY_RETRY_NON_IDEMPOTENT=on), because it can't know what the first attempt has already done.
#
# NGINX_PORT, BLUE_HOST_PORT and GREEN_HOST_PORT name other ports than 8080, 8081 and 8082. A site that sends HTTP on to
# HTTPS is asked there, at HOST, whatever its name and its certificate.
# Exit code: 0 PASS, 1 FAIL, 2 when nothing could be measured. Needs bash, curl and awk.
set -euo pipefail
case "${1:-}" in
  -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
esac
host=${1:-127.0.0.1}
nginx=http://$host:${NGINX_PORT:-8080}
reach=()  # curl's options to get there
rate=25 seconds_before=1 seconds_chaos=5 seconds_after=4
total=$((seconds_before + seconds_chaos + seconds_after))

work=$(mktemp -d)
pool_url() {
  case "$1" in
    blue) echo "http://$host:${BLUE_HOST_PORT:-8081}" ;;
    green) echo "http://$host:${GREEN_HOST_PORT:-8082}" ;;
    *) return 1 ;;
  esac
}
chaos() { curl -sS -f -m 5 -o /dev/null -X POST "$(pool_url "$active")/chaos/$1"; }
active=
finish() {
  local job
  for job in $(jobs -p); do kill "$job" 2>/dev/null || true; done
  [ -z "$active" ] || chaos stop 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

serving_pool() { curl -sS "${reach[@]}" -m 5 -o /dev/null -w '%header{x-app-pool}' "$nginx/version"; }

# The pool that has answered alone for 3 s: nginx leaves one that failed aside for 2 s, so a single answer can be the
# other pool's.
steady_pool() {
  local since=$SECONDS begin=$SECONDS pool answer
  pool=$(serving_pool) || return 1
  while [ $((SECONDS - since)) -le 3 ]; do
    sleep 0.1
    answer=$(serving_pool) || return 1
    if [ "$answer" != "$pool" ]; then pool=$answer since=$SECONDS; fi
    [ $((SECONDS - begin)) -lt 20 ] || { echo "check_failover: no pool serves alone for 3 s" >&2; return 1; }
  done
  echo "$pool"
}

# client METHOD PATH FILE: requests for `total` seconds; FILE gets "epoch status pool seconds" lines.
client() {
  # curl writes to standard error without a buffer, so the time that is read here is the answer's own.
  { curl -s "${reach[@]}" -m 30 --rate "$rate/s" -X "$1" -o /dev/null -w '%{stderr}%{http_code} %header{x-app-pool} %{time_total}\n' \
      "$nginx$2?n=[1-$((rate * total))]" 2>&1 || true; } |
    while read -r line; do echo "$EPOCHREALTIME $line"; done >"$3"
}

# measure MODE METHOD...: a client for each METHOD, with chaos in their middle. Sets begin and end (of chaos), and
# leaves a file for each client: METHOD.number.
measure() {
  local mode=$1 since=$SECONDS number=0 method
  shift
  rm -f "$work"/*
  until [ "$(serving_pool)" = "$active" ]; do
    [ $((SECONDS - since)) -lt 10 ] || { echo "check_failover: $active does not serve again" >&2; exit 2; }
    sleep 0.2
  done
  for method in "$@"; do
    number=$((number + 1))
    client "$method" "$([ "$method" = POST ] && echo / || echo /version)" "$work/$method.$number" &
  done
  sleep "$seconds_before"
  begin=$EPOCHREALTIME
  chaos "start?mode=$mode"
  sleep "$seconds_chaos"
  end=$EPOCHREALTIME
  chaos stop
  wait
}

# report METHOD: "requests failed takeover share back slowest" of what measure wrote. A failed request has no pool
# in its line when nginx answered for itself, so fields are counted from both ends.
report() {
  sort -n "$work/$1".* | awk -v begin="$begin" -v end="$end" -v active="$active" '
    { time = $1; status = $2; pool = NF > 3 ? $3 : ""; took = $NF
      requests++
      if (status < 200 || status > 299) failed++
      if (took > slowest) slowest = took
      if (time < begin) next
      if (status == 200 && pool != "" && pool != active && takeover == "") takeover = time - begin
      if (takeover != "" && time < end) { during++; if (pool != "" && pool != active) other++ }
      if (time > end && status == 200 && pool == active) back++ }
    END { printf "%d %d %s %.1f %d %.3f\n", requests, failed, (takeover == "" ? "none" : sprintf("%.3f", takeover)),
                 (during ? 100 * other / during : 0), back, slowest }'
}

moved=$(curl -sS -m 5 -o /dev/null -w '%{redirect_url}' "$nginx/version") || {
  echo "check_failover: nothing answers at $nginx" >&2; exit 2; }
if [[ $moved == https://*/version ]]; then nginx=${moved%/version} reach=(-k --connect-to "::$host:"); fi
active=$(steady_pool) || { echo "check_failover: $nginx/version does not answer steadily" >&2; exit 2; }
pool_url "$active" >/dev/null || {
  echo "check_failover: $nginx/version names no pool blue or green in X-App-Pool: '$active'" >&2; active=; exit 2; }
chaos stop || { echo "check_failover: $(pool_url "$active") does not take POST /chaos/stop" >&2; exit 2; }
echo "$nginx is served by $active; 4 clients of $rate requests a second each, chaos for $seconds_chaos s of $total s"

verdict=PASS
for mode in error timeout; do
  measure "$mode" GET GET GET GET
  read -r requests failed takeover share back slowest < <(report GET)
  result=PASS
  awk -v r="$requests" -v f="$failed" -v t="$takeover" -v s="$share" -v b="$back" \
    'BEGIN { exit !(r > 0 && f == 0 && t != "none" && t < 5 && s >= 95 && b > 0) }' || result=FAIL verdict=FAIL
  echo "$result  GET, mode $mode: $failed of $requests failed; other pool after $takeover s, then $share % of the" \
    "answers; $active back: $([ "$back" -gt 0 ] && echo yes || echo no); slowest $slowest s"
done
# nginx counts a failure against a pool only when it may repeat the request, so it's the GETs beside them that keep
# POSTs away from the broken pool.
measure error POST POST POST GET
read -r requests failed takeover share back slowest < <(report POST)
echo "      POST, mode error, GETs beside them: $failed of $requests failed; slowest $slowest s (not part of the verdict)"
echo "$verdict"
[ "$verdict" = PASS ]
