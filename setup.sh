#!/usr/bin/env bash
# The shop's one command: ./setup.sh -h lists what it can do.
# Needs bash 3.2 or later and Python 3.11 or later (PYTHON names another than the first found).
# Exit codes: 0 done, 1 the world is wrong, 2 the call is wrong.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# One row a command: its words; its arguments; what it does. Help and dispatch read it; "local up" calls cmd_local_up.
COMMANDS=(
  "local up;;start two databases and five services on this machine, and wait until all are ready"
  "local down;;stop them; the data stays"
  "local restart;[process];restart one process, or all"
  "local status;;show states, addresses, and how to connect"
  "local logs;[process] [-f];show the last lines of the logs (-f: and what comes)"
  "local psql;[arguments];open the wallets' database as the application sees it"
  "local reset;[--yes];stop everything and delete its data (asks first)"
  "demo;;buy a phone from the running shop, step by step"
  "test;[tier ...] [arguments];run all tests or the tiers named, with arguments for pytest"
  "lock;[--upgrade];compile every requirements.txt from its requirements.in"
)
TIERS="unit contract model blackbox faults api architecture bats local"
LOCKS=() # the folders that have one, but for the tests' own
for source in */requirements.in; do
  [ "$source" = tests/requirements.in ] || LOCKS+=("${source%/*}")
done
VENV=.venv
DOCKER="run the shop with Docker: see 'Where it does not run' in README.md"

main() {
  case "$*" in
    -h | --help | help | "local -h" | "local --help" | "local help")
      print_help
      return 0
      ;;
    "" | local)
      print_help >&2
      return 2
      ;;
  esac
  local row words width
  for row in "${COMMANDS[@]}"; do
    words="${row%%;*}"
    width="$(wc -w <<<"$words")"
    if [ "${*:1:width}" = "$words" ]; then
      shift "$((width))"
      if [[ "$row" == *";;"* ]]; then demand_none "$words" "$@"; fi
      "cmd_${words// /_}" "$@"
      return
    fi
  done
  fail 2 "unknown command: $*" "./setup.sh -h lists the commands"
}

# Arguments: the words of a command that takes no arguments; those it was given.
demand_none() {
  case "${2:-}" in
    "") ;;
    -h | --help)
      print_help
      exit 0
      ;;
    *) fail 2 "$1 takes no arguments" "./setup.sh $1" ;;
  esac
}

print_help() {
  local row words arguments summary
  echo "usage: ./setup.sh <command>"
  echo
  for row in "${COMMANDS[@]}"; do
    IFS=';' read -r words arguments summary <<<"$row"
    printf '  %-28s %s\n' "$words $arguments" "$summary"
  done
  cat <<END

The tiers of tests: quick $TIERS
The processes: mongodb postgresql userservice productservice paymentservice walletservice orderservice

Variables:
  USERS_PORT PRODUCTS_PORT PAYMENTS_PORT WALLETS_PORT ORDERS_PORT MONGO_PORT POSTGRES_PORT   other ports
  USERS_INTERNAL_PORT PRODUCTS_INTERNAL_PORT PAYMENTS_INTERNAL_PORT
  WALLETS_INTERNAL_PORT ORDERS_INTERNAL_PORT                                                 between the services
  MONGOD (a program), POSTGRES_BIN (a folder), ESHOP_SERVERS=path (what is on PATH)          other database servers
  ESHOP_STATE (a folder, by default .local)                                                  where data and logs lie
  LOG_LEVEL (DEBUG, INFO, WARNING, ERROR; by default INFO)                                   what the services log
  PYTHON (a program, by default the first of 3.11 or later)                                  the Python to use
END
}

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

cmd_demo() {
  local python
  python="$(find_python)"
  export_ports_of_local_shop
  exec "$python" demo.py
}

cmd_test() {
  local chosen=()
  # The words before the first option, which may have words of its own.
  while [ "$#" -gt 0 ] && [ "${1:0:1}" != "-" ]; do
    if [ "$1" = quick ]; then
      chosen+=(tests/unit tests/contract tests/model tests/architecture tests/faults -m "not real")
    elif [[ " $TIERS " == *" $1 "* ]]; then
      chosen+=("tests/$1")
    elif [ -e "${1%%::*}" ]; then
      chosen+=("$1")
    else
      fail 2 "unknown tier: $1" "./setup.sh test unit; the tiers are: quick $TIERS"
    fi
    shift
  done
  if [ "${#chosen[@]}" -eq 0 ]; then chosen=(tests); fi
  install tests
  exec "$VENV/bin/python" -m pytest "${chosen[@]}" "$@"
}

# One resolution for all, since local mode installs them into one environment; then a lock for each.
cmd_lock() {
  install tests
  local folder together sources=() options=(--quiet --universal --python-version 3.11 --no-header --no-annotate)
  for folder in "${LOCKS[@]}" tests; do sources+=("$folder/requirements.in"); done
  together="$(mktemp)"
  # What is locked already is kept, unless --upgrade says otherwise.
  grep -h '==' "${LOCKS[@]/%//requirements.txt}" tests/requirements.txt | sed 's/ .$//' | sort -u >"$together"
  "$VENV/bin/uv" pip compile "${options[@]}" "${sources[@]}" -o "$together" "$@"
  for folder in "${LOCKS[@]}" tests; do
    say "compiling $folder/requirements.txt"
    "$VENV/bin/uv" pip compile "${options[@]}" --generate-hashes --constraint "$together" \
      "$folder/requirements.in" -o "$folder/requirements.txt" "$@"
  done
  rm -f "$together"
}

# A shop that runs goes on with what is installed, even when the locks have changed since; only `up` follows them.
run_local() {
  if [ ! -x "$VENV/bin/python" ]; then install; fi
  exec "$VENV/bin/python" -m local "$@"
}

# Installs what the lock files say, again only when they have changed. Arguments: further folders that have one.
install() {
  refuse_windows
  local folder files=() options=()
  for folder in "${LOCKS[@]}" "$@"; do
    [ -f "$folder/requirements.txt" ] || fail 1 "$folder/requirements.txt is missing" "git checkout -- $folder"
    files+=("$folder/requirements.txt")
    options+=(-r "$folder/requirements.txt")
  done
  local wanted stamp="$VENV/installed${1:+-with-$1}"
  wanted="$(cksum "${files[@]}")"
  if [ -x "$VENV/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then return 0; fi
  make_venv
  say "installing into $VENV what the lock files name (the first time some 100 MB)"
  "$VENV/bin/python" -m pip install --disable-pip-version-check --no-input --require-hashes "${options[@]}" >&2 ||
    fail 1 "pip could not install the packages, see above" \
      "try again; where no package fits this machine, $DOCKER"
  printf '%s\n' "$wanted" >"$stamp"
}

make_venv() {
  # One whose making was cut off has a python, but no pip.
  if "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then return 0; fi
  local python version
  python="$(find_python)"
  version="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
  "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
    fail 1 "$python cannot make virtual environments" \
      "on Debian and Ubuntu: sudo apt-get install python$version-venv; or name another Python: PYTHON=... ./setup.sh ..."
  say "making $VENV with Python $version"
  "$python" -m venv --clear "$VENV"
}

find_python() {
  local candidate candidates=(python3.13 python3.12 python3.11 python3 python)
  if [ -n "${PYTHON:-}" ]; then candidates=("$PYTHON"); fi
  for candidate in "${candidates[@]}"; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      echo "$candidate"
      return 0
    fi
  done
  fail 1 "no Python 3.11 or later (tried: ${candidates[*]})" \
    "install one (Debian: apt-get install python3-venv; Mac: brew install python@3.13), or name it: PYTHON=... ./setup.sh ..."
}

refuse_windows() {
  case "$(uname -s)" in
    MINGW* | MSYS* | CYGWIN*)
      fail 1 "this does not run on Windows itself" "use WSL2 (wsl --install, then here again), or $DOCKER"
      ;;
  esac
}

# What the user has set himself wins.
export_ports_of_local_shop() {
  local file="${ESHOP_STATE:-.local}/ports.json" line name
  [ -r "$file" ] || return 0
  while IFS= read -r line; do
    name="${line%%=*}"
    if [ -z "${!name:-}" ]; then export "${line?}"; fi
  done < <(sed -n 's/^ *"\([A-Z_]*_PORT\)": \([0-9]*\),*$/\1=\2/p' "$file")
}

say() { printf '%s\n' "$*" >&2; }

# Arguments: exit code; what is wrong; what to type next.
fail() {
  say "error: $2"
  say "  $3"
  exit "$1"
}

main "$@"
