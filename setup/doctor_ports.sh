# shellcheck shell=bash
# Whether the shop's ports are free, and if not, who has them: perhaps this very shop, which is no fault.

PORTS=(
  USERS_PORT:5000 PRODUCTS_PORT:5001 PAYMENTS_PORT:5002 WALLETS_PORT:5003 ORDERS_PORT:5004 MONGO_PORT:2717 POSTGRES_PORT:5432
)
AIRPLAY=" (AirPlay Receiver often has 5000: System Settings, General, AirDrop & Handoff turns it off)"
FREE="" OWN="" TAKEN=() # the last: the ways that need it; the variable; the port

# Each way has its own idea of a port: local remembers those of its first start, docker compose reads .env.
check_ports() {
  local row name local_port compose_port
  find_own_ports
  for row in "${PORTS[@]}"; do
    name="${row%%:*}"
    local_port="${!name:-$(remembered "$name")}"
    compose_port="${!name:-$(in_dotenv "$name")}"
    local_port="${local_port:-${row#*:}}"
    compose_port="${compose_port:-${row#*:}}"
    if [ "$local_port" = "$compose_port" ]; then
      check_port "$name" "$local_port" "$(local_needs "$name") compose"
    else
      check_port "$name" "$local_port" "$(local_needs "$name")"
      check_port "$name" "$compose_port" compose
    fi
  done
  if [ -n "$FREE" ]; then fine "free:$FREE"; fi
  if [ -n "$OWN" ]; then fine "this very shop's, which runs:$OWN (stop it before you start it in another way)"; fi
  if [ "${#TAKEN[@]}" -gt 0 ]; then report_taken; fi
}

remembered() { port_in "${ESHOP_STATE:-.local}/ports.json" "$1"; }
in_dotenv() { port_in .env "$1"; }

# Arguments: a file, perhaps none; a port's variable. What stands last in .env holds.
port_in() { ports_in "$1" 2>/dev/null | sed -n "s/^$2=//p" | sed '$!d' || true; }

# Local takes another port for a database by itself, unless it was told which.
local_needs() {
  case "$1" in
    MONGO_PORT | POSTGRES_PORT) if [ -n "${!1:-}" ]; then echo local; fi ;;
    *) echo local ;;
  esac
}

# Leaves in OWN_PORTS what the shop's containers publish, and what a local shop that lives took at its start.
find_own_ports() {
  local state="${ESHOP_STATE:-.local}" project
  project="${COMPOSE_PROJECT_NAME:-$(sed -n 's/^COMPOSE_PROJECT_NAME=//p' .env 2>/dev/null || true)}"
  OWN_PORTS=""
  if [ -n "$DAEMON_ANSWERS" ]; then
    OWN_PORTS="$(limited "$ANSWER_SECONDS" docker ps --filter "label=com.docker.compose.project=${project:-eshop}" \
      --format '{{.Ports}}' 2>/dev/null)" || true
  fi
  if is_running "$state"; then OWN_PORTS="$OWN_PORTS $(ports_in "$state/ports.json" 2>/dev/null | sed 's/.*=\(.*\)/:\1->/')"; fi
}

# Arguments: the port's variable; its number; the ways that need it, perhaps none.
check_port() {
  local ways="${3# }"
  if [ -z "$ways" ]; then return 0; fi
  if ! [[ "$2" =~ ^[1-9][0-9]{0,4}$ ]] || [ "$2" -gt 65535 ]; then
    miss "$ways" "$1=$2 is not a port" "set $1 to a number from 1 to 65535, or unset it"
  elif ! is_taken "$2"; then
    FREE="$FREE $2"
  elif [[ "$OWN_PORTS" == *":$2->"* ]]; then
    OWN="$OWN $2"
  else
    TAKEN+=("$ways;$1;$2")
  fi
}

# One remedy for all that are taken.
report_taken() {
  local row ways name port remedy="stop what is there, or set" airplay="" for_local="" for_compose=""
  for row in "${TAKEN[@]}"; do
    IFS=';' read -r ways name port <<<"$row"
    printf '  miss  %s (%s) is in use%s\n' "$port" "$name" "$(holder_of "$port")"
    remedy="$remedy $name=$(free_port_after "$port")"
    if [ "$SYSTEM$port" = Darwin5000 ]; then airplay="$AIRPLAY"; fi
    if [[ "$ways" == *local* ]]; then for_local="$for_local $port"; fi
    if [[ "$ways" == *compose* ]]; then for_compose="$for_compose $port"; fi
  done
  printf '        %s\n' "$remedy$airplay"
  if [ -n "$for_local" ]; then FAULTS+=(" local ;ports in use:$for_local;$remedy$airplay"); fi
  if [ -n "$for_compose" ]; then FAULTS+=(" compose ;ports in use:$for_compose;$remedy$airplay"); fi
}

# Who does not answer in time listens, too.
is_taken() {
  local code=0
  limited "$ANSWER_SECONDS" connect "$1" 2>/dev/null || code=$?
  [ "$code" -eq 0 ] || [ "$code" -eq 124 ]
}

# On either address that `localhost` may mean.
connect() { (: <"/dev/tcp/127.0.0.1/$1") || : <"/dev/tcp/::1/$1"; }

# As far as the system tells: of others' processes only root hears.
holder_of() {
  local said="" process=$'p([0-9]+)\nc([^\n]+)'
  if is_there ss; then
    said="$(limited "$ANSWER_SECONDS" ss -ltnpH "sport = :$1" 2>/dev/null)" || true
    if [[ "$said" =~ \(\(\"([^\"]+)\",pid=([0-9]+) ]]; then echo ", by ${BASH_REMATCH[1]} (process ${BASH_REMATCH[2]})"; fi
  elif is_there lsof; then
    said="$(limited "$ANSWER_SECONDS" lsof -nP "-iTCP:$1" -sTCP:LISTEN -Fpc 2>/dev/null)" || true
    if [[ "$said" =~ $process ]]; then echo ", by ${BASH_REMATCH[2]} (process ${BASH_REMATCH[1]})"; fi
  fi
}

free_port_after() {
  local port="$1"
  while port="$((port + 100 > 65535 ? 1100 : port + 100))" && is_taken "$port"; do :; done
  echo "$port"
}
