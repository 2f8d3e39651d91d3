# shellcheck shell=bash
# The shop on this machine itself, without Docker: the commands hand over to the package `local`.

cmd_local_up() {
  install
  run_local up "$@"
}

cmd_local_down() { run_local down "$@"; }
cmd_local_restart() { run_local restart "$@"; }
cmd_local_status() { run_local status "$@"; }
cmd_local_logs() { run_local logs "$@"; }
cmd_local_psql() { run_local psql "$@"; }

cmd_local_reset() {
  case "$*" in
    "" | --yes) run_local reset "$@" ;;
    *) fail 2 "local reset takes --yes and nothing else" "./setup.sh -h lists the commands" ;;
  esac
}

# A shop that runs goes on with what is installed, even when the locks have changed since; only `up` follows them.
run_local() {
  if [ ! -x "$VENV/bin/python" ]; then install; fi
  exec "$VENV/bin/python" -m local "$@"
}

cmd_demo() {
  local python
  python="$(find_python)"
  export_ports_of_shop
  exec "$python" demo.py
}

# What the user has set himself wins; then what a local shop took that runs; then what .env says to one in containers.
export_ports_of_shop() {
  local state="${ESHOP_STATE:-.local}" file=.env line name
  if is_running "$state"; then file="$state/ports.json"; fi
  [ -r "$file" ] || return 0
  while IFS= read -r line; do
    name="${line%%=*}"
    if [ -z "${!name:-}" ]; then export "${line?}"; fi
  done < <(ports_in "$file")
}

# Argument: the state of a local shop.
is_running() {
  local pid
  pid="$(cat "$1/run/supervisord.pid" 2>/dev/null)" && kill -0 "$pid" 2>/dev/null
}

# Lines of JSON ("USERS_PORT": 5000) or of .env (USERS_PORT=5000), as NAME=number.
ports_in() {
  sed -n 's/^ *\(export  *\)\{0,1\}"\{0,1\}\([A-Z_]*_PORT\)"\{0,1\} *[:=] *["'\'']\{0,1\}\([0-9][0-9]*\).*$/\2=\3/p' "$1"
}
