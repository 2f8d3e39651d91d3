# shellcheck shell=bash
# The tests, by tiers: a folder below tests/ each.

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
