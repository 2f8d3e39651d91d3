#!/usr/bin/env bats
# The table of commands: help, dispatch, exit codes.

bats_require_minimum_version 1.5.0
load fixture

rows() { sed -n '/^COMMANDS=(/,/^)/s/^  "\([^;]*\);.*/\1/p' "$SETUP"; }

@test "help names every row of the table" {
  setup_sh -h
  [ "$status" -eq 0 ]
  [ "$(rows | wc -l)" -ge 9 ]
  while IFS= read -r words; do
    grep -Eq "^  $words( |$)" <<<"$output"
  done < <(rows)
}

@test "every row of the table has its function, and every function its row" {
  while IFS= read -r words; do
    grep -Eqh "^cmd_${words// /_}\(\)" "${SETUP%.sh}"/*.sh
  done < <(rows)
  [ "$(cat "${SETUP%.sh}"/*.sh | grep -Ec '^cmd_[a-z_]+\(\)')" -eq "$(rows | wc -l)" ]
}

@test "an unknown command is refused and led to the help" {
  setup_sh sell everything
  [ "$status" -eq 2 ]
  [ -z "$output" ]
  grep -Fq "unknown command: sell everything" <<<"$stderr"
  grep -Fq "./setup.sh -h" <<<"$stderr"
}

@test "half a command shows the help, as a wrong call" {
  setup_sh local
  [ "$status" -eq 2 ]
  [ -z "$output" ]
  grep -Fq "local up" <<<"$stderr"
}

@test "half a command with anything else is unknown" {
  setup_sh local upp
  [ "$status" -eq 2 ]
  grep -Fq "unknown command: local upp" <<<"$stderr"
}

@test "half a command can be asked for help" {
  for word in -h --help help; do
    setup_sh local "$word"
    [ "$status" -eq 0 ]
    grep -Fq "local up" <<<"$output"
  done
}

@test "help names every variable that moves a port or changes how the shop runs" {
  setup_sh -h
  for name in USERS PRODUCTS PAYMENTS WALLETS ORDERS; do
    grep -Fqw "${name}_PORT" <<<"$output"
    grep -Fqw "${name}_INTERNAL_PORT" <<<"$output"
  done
  for name in MONGO_PORT POSTGRES_PORT MONGOD POSTGRES_BIN ESHOP_SERVERS ESHOP_STATE KIND_NODE_IMAGE LOG_LEVEL PYTHON; do
    grep -Fqw "$name" <<<"$output"
  done
}

@test "a command without arguments refuses any, before anything is installed or bought" {
  for words in demo "local up" "local down" "local status"; do
    setup_sh $words extra
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    grep -Fq "error: $words takes no arguments" <<<"$stderr"
    [ ! -s "$calls" ]
  done
}

@test "a command without arguments can be asked for help" {
  setup_sh local up -h
  [ "$status" -eq 0 ]
  grep -Fq "local up" <<<"$output"
  [ ! -s "$calls" ]
}

@test "reset takes --yes and nothing else" {
  for words in "--all" "--yes extra"; do
    setup_sh local reset $words
    [ "$status" -eq 2 ]
    grep -Fq "error: local reset takes --yes and nothing else" <<<"$stderr"
    [ ! -s "$calls" ]
  done
  setup_sh local reset --yes
  [ "$status" -eq 0 ]
  called "-m local reset --yes"
}

@test "no command at all shows the help, as a wrong call" {
  setup_sh
  [ "$status" -eq 2 ]
  [ -z "$output" ]
  grep -Fq "local up" <<<"$stderr"
}

@test "a local command reaches the package with its arguments" {
  setup_sh local psql -c "select 1"
  [ "$status" -eq 0 ]
  called "-m local psql -c select 1"
}

@test "the exit code is the package's" {
  setup_sh local up
  printf '#!/usr/bin/env bash\n[ "$2" != local ] || exit 2\n' >"$checkout/.venv/bin/python"
  setup_sh local reset
  [ "$status" -eq 2 ]
}

@test "a tier of tests is its folder, and the rest goes to pytest" {
  setup_sh test unit -k foo
  [ "$status" -eq 0 ]
  called "-m pytest tests/unit -k foo"
}

@test "several tiers are all run" {
  setup_sh test unit model -k foo
  called "-m pytest tests/unit tests/model -k foo"
  setup_sh test unit quick tests/requirements.txt
  called "-m pytest tests/unit tests/unit tests/contract tests/model tests/architecture tests/faults -m not real tests/requirements.txt"
}

@test "no tier is all tests" {
  setup_sh test
  called "-m pytest tests --ignore=tests/docker --ignore=tests/kubernetes"
  setup_sh test -x
  called "-m pytest tests --ignore=tests/docker --ignore=tests/kubernetes -x"
}

@test "quick leaves out what needs databases" {
  setup_sh test quick
  called "-m pytest tests/unit tests/contract tests/model tests/architecture tests/faults -m not real"
}

@test "a file of tests can be named" {
  setup_sh test tests/requirements.txt::name
  called "-m pytest tests/requirements.txt::name"
}

@test "an unknown tier is refused, with the tiers there are" {
  for words in integration "unit integration"; do
    setup_sh test $words
    [ "$status" -eq 2 ]
    grep -Fq "unknown tier: integration" <<<"$stderr"
    grep -Fq "blackbox" <<<"$stderr"
    [ ! -s "$calls" ]
  done
}

# A local shop's state; it runs as long as process $1 lives.
local_shop() {
  mkdir -p "$checkout/.local/run"
  echo "$1" >"$checkout/.local/run/supervisord.pid"
  printf '{\n "USERS_PORT": 6000,\n "PRODUCTS_PORT": 6001\n}\n' >"$checkout/.local/ports.json"
}

@test "the demo takes the ports of the local shop, and the user's before them" {
  local_shop "$$"
  setup_sh PRODUCTS_PORT=7001 demo
  [ "$status" -eq 0 ]
  [ "$output" = "users on 6000, products on 7001" ]
}

@test "the demo without a local shop leaves the ports alone" {
  setup_sh demo
  [ "$output" = "users on none, products on none" ]
}

@test "the demo takes the ports of a shop in containers from .env, and the user's before them" {
  printf 'USERS_PORT=6000\n# PRODUCTS_PORT=6666\nexport PRODUCTS_PORT="6001" # mine\nINTERNAL_TOKEN=x\n' >"$checkout/.env"
  setup_sh demo
  [ "$output" = "users on 6000, products on 6001" ]
  setup_sh PRODUCTS_PORT=7001 demo
  [ "$output" = "users on 6000, products on 7001" ]
}

@test "the demo takes the ports of a local shop rather than those in .env" {
  local_shop "$$"
  printf 'USERS_PORT=8000\nPRODUCTS_PORT=8001\n' >"$checkout/.env"
  setup_sh demo
  [ "$output" = "users on 6000, products on 6001" ]
}

@test "the demo does not take the ports of a local shop that was stopped" {
  sleep 0 &
  local_shop "$!"
  wait "$!"
  printf 'USERS_PORT=8000\n' >"$checkout/.env"
  setup_sh demo
  [ "$output" = "users on 8000, products on none" ]
}
