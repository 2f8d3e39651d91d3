# shellcheck shell=bash
# The tests, by tiers: a folder below tests/ each.

# The tiers docker and kubernetes are not among them: each needs an engine, and half an hour.
cmd_test() {
  local chosen=()
  # The words before the first option, which may have words of its own.
  while [ "$#" -gt 0 ] && [ "${1:0:1}" != "-" ]; do
    if [ "$1" = quick ]; then
      chosen+=(tests/unit tests/contract tests/model tests/architecture tests/faults -m "not real")
    elif [ "$1" = docker ]; then
      demand_docker
      build_images "${SERVICES[*]}" >&2 # where one sees how it gets on; the tests build them again in seconds
      chosen+=(tests/docker tests/blackbox tests/faults/test_faults.py --shop=compose)
    elif [ "$1" = kubernetes ]; then
      demand_cluster
      build_images "${SERVICES[*]}" >&2
      chosen+=(tests/kubernetes tests/blackbox tests/faults/test_faults.py --shop=kubernetes)
    elif [[ " $TIERS " == *" $1 "* ]]; then
      chosen+=("tests/$1")
    elif [ -e "${1%%::*}" ]; then
      chosen+=("$1")
    else
      fail 2 "unknown tier: $1" "./setup.sh test unit; the tiers are: quick $TIERS docker kubernetes"
    fi
    shift
  done
  if [ "${#chosen[@]}" -eq 0 ]; then chosen=(tests --ignore=tests/docker --ignore=tests/kubernetes); fi
  install tests
  case " ${chosen[*]}" in # where one sees how it gets on
    *" tests "* | *" tests/helm"* | *" tests/kubernetes"*) "$VENV/bin/python" -m tests.helm.binaries ;;
  esac
  exec "$VENV/bin/python" -m pytest "${chosen[@]}" "$@"
}

demand_docker() {
  demand_engine docker
  docker compose version >/dev/null 2>&1 || fail 1 "docker compose is missing" "./setup.sh doctor"
}

demand_cluster() {
  demand_engine kubernetes
  demand_tools kind kubectl helm
}

demand_engine() {
  docker info >/dev/null 2>&1 || fail 1 "no docker engine answers, so the tier $1 cannot run" "./setup.sh doctor"
}
