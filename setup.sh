#!/usr/bin/env bash
# The shop's one command: ./setup.sh -h lists what it can do.
# Needs bash 3.2 or later and Python 3.11 or later (PYTHON names another than the first found).
# Exit codes: 0 done, 1 the world is wrong, 2 the call is wrong.
set -euo pipefail
CALLER="$PWD" # where the command was typed
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
  "docker images;[--platform ...];build the five services' images; further arguments go to docker buildx build"
  "docker env;;write .env with random credentials for docker compose"
  "docker;<service> [--platform ...];build one service's image"
  "kubernetes kind;-n <cluster>;make a cluster of kind's, or mend one, with the ingress controller and the shop's namespaces"
  "kubernetes delete;-n <cluster>;delete it, and all that is in it"
  "load images;-k <cluster>;hand the services' images to the cluster, and the databases' where docker holds them"
  "kubectl apply;eshop|wallet [...];apply the manifests of one half of the shop, and wait until it is ready"
  "kubectl delete;eshop|wallet [...];delete it from its namespace, and its data"
  "kubectl status;[...];show pods, services, ingresses and claims of both halves"
  "kubectl urls;[...];show where the shop is to be reached, and how"
  "helm deploy;-r eshop|wallet [...];install one half of the shop from its chart or upgrade it, and wait until it is ready"
  "helm delete;-r eshop|wallet [...];uninstall it from its namespace, and delete its data"
  "ssl;-d <domain>;make a self-signed certificate for the domain, and print it and its key in base64"
  "doctor;;say for each way to run the shop what is missing on this machine, and what to do"
  "demo;;buy a phone from the running shop, step by step"
  "bench;[--full] [--overload] [...];measure how fast the shop is on this machine, beside two yardsticks of the same run"
  "prove;[...];kill and freeze what runs of the shop, under load, and show that nothing is lost (asks first)"
  "audit;[...];hold what is stored in the shop against all that it promises"
  "test;[tier ...] [arguments];run all tests or the tiers named, with arguments for pytest"
  "lock;[--upgrade];compile every requirements.txt from its requirements.in"
)
SERVICES=(userservice productservice walletservice orderservice paymentservice)
TIERS="unit contract model blackbox load faults bench api architecture helm bats local readme"
LOCKS=() # the folders that have one, but for the tests' own
for source in */requirements.in; do
  [ "$source" = tests/requirements.in ] || LOCKS+=("${source%/*}")
done
VENV=.venv
DOCKER="run the shop with Docker: see 'With Docker Compose' in README.md"

main() {
  case "$*" in
    -h | --help | help)
      print_help
      return 0
      ;;
    "")
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
  help_with_group "$@"
  fail 2 "unknown command: $*" "./setup.sh -h lists the commands"
}

# Half a command, as in "local" or "local -h".
help_with_group() {
  if [[ " ${COMMANDS[*]}" != *" $1 "* ]]; then return 0; fi
  case "$#${2:-}" in
    1)
      print_help >&2
      exit 2
      ;;
    2-h | 2--help | 2help)
      print_help
      exit 0
      ;;
  esac
}

# Arguments: the words of a command that takes no arguments; those it was given.
demand_none() {
  if [ -z "${2:-}" ]; then return 0; fi
  if asks_for_help "$2"; then
    print_help
    exit 0
  fi
  fail 2 "$1 takes no arguments" "./setup.sh $1"
}

asks_for_help() { [ "$1" = -h ] || [ "$1" = --help ]; }

print_help() {
  local row words arguments summary
  echo "usage: ./setup.sh <command>"
  echo
  for row in "${COMMANDS[@]}"; do
    IFS=';' read -r words arguments summary <<<"$row"
    printf '  %-32s %s\n' "$words $arguments" "$summary"
  done
  cat <<END

The tiers of tests: quick $TIERS docker kubernetes
The processes: mongodb postgresql userservice productservice paymentservice walletservice orderservice

The commands for Kubernetes also take:
  --dry-run          show the commands of docker, kind, kubectl and helm that would be run, and do nothing else
  --context <name>   kubectl's and helm's commands: the context to use; else the current one, if its name begins with kind-
  --random-secrets   kubectl apply: with random credentials, not with those that everybody knows
  --keep-claims      kubectl delete, helm delete: the databases' claims stay, with their data, and so do credentials that were made
  --set <key=value>, --set-string <key=value>, --set-file <key=file>, -f <file>
                     helm deploy: values for the chart, handed on to helm in their order; those given before stay

What bench takes:
  --full             also a shop with a million orders, which takes minutes to fill
  --overload         also 512 clients, and twice the best rate
  --skeleton         also what bounds the shop: its calls and writes alone, without its care
  --soak <minutes>   also 128 clients for so long: whether memory grows
  --rounds <number>  how often all is measured (5)
  --seconds <number> of each load in a round (4)
  --json <file>      where all figures go (bench.json)

The commands prove and audit take:
  --on local|compose|kubernetes   where, if several shops run
  --context <name>   the cluster's context; else the current one, if its name begins with kind-
  --json             the result as JSON
  --seconds <n>, --customers <n>   prove: for how long (by default 120), and how many customers at once (16)
  --seed <n>         prove: the faults of a run that is to be repeated
  --unsafe           prove: with a naive checkout in the place of the shop's, to see it fail
  --yes              prove: do not ask

Variables:
  USERS_PORT PRODUCTS_PORT PAYMENTS_PORT WALLETS_PORT ORDERS_PORT MONGO_PORT POSTGRES_PORT   other ports
  USERS_INTERNAL_PORT PRODUCTS_INTERNAL_PORT PAYMENTS_INTERNAL_PORT
  WALLETS_INTERNAL_PORT ORDERS_INTERNAL_PORT                                                 between the services
  MONGOD (a program), POSTGRES_BIN (a folder), ESHOP_SERVERS=path (what is on PATH)          other database servers
  ESHOP_STATE (a folder, by default .local)                                                  where data and logs lie
  PUBLISH_ADDRESS (by default 127.0.0.1), and all of .env                                    what docker compose takes
  KIND_NODE_IMAGE (by default kind's own)                                                    the image of a cluster's node
  LOG_LEVEL (DEBUG, INFO, WARNING, ERROR; by default INFO)                                   what the services log
  MAX_REQUESTS MAX_CONNECTIONS IDLE_SECONDS REQUEST_SECONDS (256 1000 75 10)                 what a service bears
  PYTHON (a program, by default the first of 3.11 or later)                                  the Python to use
END
}

say() { printf '%s\n' "$*" >&2; }

# Arguments: exit code; what is wrong; what to type next.
fail() {
  say "error: $2"
  say "  $3"
  exit "$1"
}

# The commands, each file a group.
# shellcheck source-path=SCRIPTDIR
source setup/local.sh
source setup/docker.sh
source setup/tools.sh
source setup/options.sh
source setup/rollout.sh
source setup/images.sh
source setup/kubernetes.sh
source setup/kubectl.sh
source setup/helm.sh
source setup/credentials.sh
source setup/random_secrets.sh
source setup/ssl.sh
source setup/doctor.sh
source setup/bench.sh
source setup/tests.sh
source setup/prove.sh
source setup/python.sh

main "$@"
