# shellcheck shell=bash
# How fast the shop is: measured on shops of this command's own, so that nobody's data comes or goes.

cmd_bench() {
  if asks_for_help "${1:-}"; then print_help && return; fi
  install tests
  exec "$VENV/bin/python" -m tests.bench "$@"
}
