# shellcheck shell=bash disable=SC2154  # mode, sink and access_log are ./run's
# What ./run is made of: the settings file, ports, the build, and the life of the parts. Sourced, from the project's
# root; each part is a process of its own session, so that Ctrl-C reaches ./run alone and it stops them in order.

# load_env FILE: NAME=VALUE lines, as docker compose reads them, without evaluating anything. The environment wins.
load_env() {
  [ -r "$1" ] || return 0
  local line name value
  while IFS= read -r line || [ -n "$line" ]; do
    [[ $line =~ ^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || continue
    name=${BASH_REMATCH[2]} value=${BASH_REMATCH[3]}
    if [[ $value =~ ^\"(.*)\"[[:space:]]*$ || $value =~ ^\'(.*)\'[[:space:]]*$ ]]; then
      value=${BASH_REMATCH[1]}
    else
      value=${value%%[[:space:]]#*}
      value=${value%"${value##*[![:space:]]}"}
    fi
    [ -n "${!name+set}" ] || export "$name=$value"
  done <"$1"
}

# need_port PORT VARIABLE WHO: ends ./run when something listens there already.
need_port() {
  if [[ ! $1 =~ ^[0-9]{1,5}$ ]] || [ "$1" -lt 1 ] || [ "$1" -gt 65535 ]; then fail "$2 is '$1', which is no port"; fi
  if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
    fail "port $1, which $3 needs, is taken; stop what listens there or set $2 to another port"
  fi
}

build_programs() {
  packaging/install-packages build run
  local log options=()
  log=$(mktemp)
  # A tree that ./test has configured keeps its tests; a fresh one is configured without, so that it needs no
  # test libraries.
  [ -f build/release/CMakeCache.txt ] || options=(-DTOCSIN_TESTS=OFF)
  cmake --preset release "${options[@]}" >"$log" 2>&1 || { cat "$log" >&2; fail "cmake could not configure the build"; }
  rm -f "$log"
  echo "Building tocsin, tocsin-exporter and demo-backend in build/release"
  cmake --build --preset release --target tocsin tocsin-exporter demo-backend || fail "the build failed"
}

make_run_dir() {
  kept_run_dir=${TOCSIN_RUN_DIR:-}
  if [ -n "$kept_run_dir" ]; then
    # A folder of our own below it: what is there already is not ours to clear or to change the rights of.
    mkdir -p "$kept_run_dir/tocsin"
    run_dir=$(cd -- "$kept_run_dir/tocsin" && pwd)
  else
    run_dir=$(mktemp -d "${TMPDIR:-/tmp}/tocsin.XXXXXX")
  fi
  chmod 711 "$run_dir"  # nginx's workers are another user when it starts as root, and pass through
}

prepare_nginx() {
  mkdir -p "$run_dir/nginx/logs" "$run_dir/nginx/temp"
  if [ "$(id -u)" = 0 ]; then export NGINX_USER=www-data; else unset NGINX_USER; fi
  NGINX_LISTEN=127.0.0.1:$NGINX_PORT NGINX_STATUS_LISTEN=127.0.0.1:$NGINX_STATUS_PORT \
    BLUE_UPSTREAM=127.0.0.1:$BLUE_HOST_PORT GREEN_UPSTREAM=127.0.0.1:$GREEN_HOST_PORT \
    nginx/render >"$run_dir/nginx/nginx.conf"
}

# The shipped configuration as it is, where the ports are its own; else a copy with other targets. Sets prometheus.
stack_targets() {
  prometheus=prometheus
  [ "$BLUE_HOST_PORT $GREEN_HOST_PORT $EXPORTER_PORT $TOCSIN_PORT" != "8081 8082 9113 9093" ] || return 0
  copy_configuration
  cat >"$prometheus/targets/backend.yml" <<EOF
- targets: [127.0.0.1:$BLUE_HOST_PORT]
  labels: {pool: blue}
- targets: [127.0.0.1:$GREEN_HOST_PORT]
  labels: {pool: green}
EOF
}

log_targets() {
  copy_configuration
  echo '[]' >"$prometheus/targets/backend.yml"
}

copy_configuration() {
  prometheus=$run_dir/prometheus
  rm -rf "$prometheus"
  cp -R prometheus "$prometheus"
  echo "- targets: [127.0.0.1:$EXPORTER_PORT]" >"$prometheus/targets/exporter.yml"
  echo "- targets: [127.0.0.1:$TOCSIN_PORT]" >"$prometheus/targets/tocsin.yml"
}

declare -A part_pid=()
run_failed=no

# Becomes COMMAND, which dies with ./run even when that is killed with -9: the kernel sends it TERM. Had ./run gone
# before the kernel was told so, the parent is another one by now.
become() {
  # shellcheck disable=SC2016
  exec setpriv --pdeathsig TERM sh -c '[ "$PPID" = "$0" ] && exec setsid "$@"' "$$" "$@"
}

start() {
  local name=$1
  shift
  become "$@" >"$run_dir/$name.log" 2>&1 </dev/null &
  part_pid[$name]=$!
}

# Like start, for a part that speaks to the user: its standard output is ours.
start_shown() {
  local name=$1
  shift
  become "$@" 2>"$run_dir/$name.log" </dev/null &
  part_pid[$name]=$!
}

# ready NAME URL: waits until the part answers there.
ready() {
  local tries
  for tries in $(seq 300); do
    kill -0 "${part_pid[$1]}" 2>/dev/null || report_end "$1"
    # The part itself must be the one that answers, so it is looked at again afterwards.
    if curl -sf -m 2 -o /dev/null "$2" && kill -0 "${part_pid[$1]}" 2>/dev/null; then return 0; fi
    sleep 0.1
  done
  run_failed=yes
  echo "run: $1 does not answer at $2 after $((tries / 10)) s. The end of its log, $run_dir/$1.log:" >&2
  tail -n 20 "$run_dir/$1.log" >&2
  exit 1
}

# report_end NAME: says how it ended, shows the end of its log, and ends ./run.
report_end() {
  local code=0 how
  wait "${part_pid[$1]}" 2>/dev/null || code=$?
  if [ "$code" -gt 128 ]; then how="was killed by signal $((code - 128))"; else how="has ended with exit code $code"; fi
  run_failed=yes
  echo "run: $1 $how. The end of its log, $run_dir/$1.log:" >&2
  tail -n 20 "$run_dir/$1.log" >&2
  [ "$1" != nginx ] || tail -n 20 "$run_dir/nginx/logs/error.log" >&2
  exit 1
}

# Waits until a part ends, which only the demo may do.
supervise() {
  local name
  while true; do
    # Looked at one by one, because bash's wait -n does not see those that ended before it.
    for name in "${!part_pid[@]}"; do
      kill -0 "${part_pid[$name]}" 2>/dev/null || end_with "$name"
    done
    wait -n "${part_pid[@]}" 2>/dev/null || true
  done
}

# end_with NAME: ends ./run because that part has ended.
end_with() {
  local code=0
  [ "$1" = demo ] || report_end "$1"
  wait "${part_pid[demo]}" 2>/dev/null || code=$?
  [ "$code" -le 1 ] || report_end demo
  [ "$code" = 0 ] || run_failed=yes
  exit "$code"
}

# kill_parts SIGNAL NAME...: to each part's whole session; those that are gone are passed over.
kill_parts() {
  local signal=$1 name
  shift
  for name in "$@"; do kill "-$signal" -- "-${part_pid[$name]:-none}" 2>/dev/null || true; done
}

# wait_for_end SECONDS NAME...: false when some part's processes are still there then.
wait_for_end() {
  local name tries=$(($1 * 20))
  shift
  for name in "$@"; do
    while kill -0 -- "-${part_pid[$name]:-none}" 2>/dev/null; do
      tries=$((tries - 1))
      [ "$tries" -gt 0 ] || return 1
      sleep 0.05
    done
  done
}

stop_parts() {
  trap 'kill_parts KILL "${!part_pid[@]}"' INT  # a second Ctrl-C does not wait
  trap '' TERM HUP
  [ ${#part_pid[@]} -eq 0 ] || echo "run: stopping" >&2
  local all=("${!part_pid[@]}") others=() name
  # The sinks go last: the engine may still have a message to send.
  for name in "${all[@]}"; do [ "$name" = sinks ] || others+=("$name"); done
  kill_parts TERM "${others[@]}"
  wait_for_end 10 "${others[@]}" || kill_parts KILL "${others[@]}"
  kill_parts TERM "${all[@]}"
  wait_for_end 5 "${all[@]}" || kill_parts KILL "${all[@]}"
  if [ "$run_failed" = yes ]; then
    echo "run: logs are in $run_dir" >&2
  elif [ -z "$kept_run_dir" ]; then
    rm -rf "$run_dir"
  fi
}

describe() {
  echo
  echo "Tocsin is up, on this machine only:"
  if [ "$mode" = own-log ]; then
    echo "  reads     $access_log"
  else
    echo "  site      http://127.0.0.1:$NGINX_PORT        nginx; serves $ACTIVE_POOL (blue is :$BLUE_HOST_PORT, green :$GREEN_HOST_PORT)"
  fi
  echo "  exporter  http://127.0.0.1:$EXPORTER_PORT/metrics"
  echo "  engine    http://127.0.0.1:$TOCSIN_PORT        /api/v1/alerts, /api/v1/rules, /api/v1/query"
  if [ "$sink" = yes ]; then
    echo "  messages  shown here; set SLACK_WEBHOOK_URL and SMTP_SMARTHOST to send them"
  else
    echo "  messages  to your Slack and by mail"
  fi
  echo "  logs      $run_dir"
  echo
  [ "$mode" = demo ] || echo "Messages and warnings appear below. Ctrl-C stops everything."
  [ "$mode" != stack ] || cat <<EOF
To see a failover, in another terminal:
  curl -X POST 'http://127.0.0.1:$BLUE_HOST_PORT/chaos/start?mode=error'                (…/chaos/stop ends it)
  nginx/switch-backend green                                                   (makes green the pool that serves)
  while sleep 0.05; do curl -s -o /dev/null http://127.0.0.1:$NGINX_PORT/; done         (some traffic)
EOF
  echo
}

# What the two programs say that a person should see.
follow_logs() {
  # shellcheck disable=SC2016
  start_shown log-follower bash -c 'exec tail -q -n +1 -F "$1" "$2" > >(exec grep --line-buffered -E "$3")' follow \
    "$run_dir/tocsin-exporter.log" "$run_dir/tocsin.log" 'level=(warn|error) |Target is up again|Log was '
}
