# shellcheck shell=bash
# The proof that nothing is lost, on the shop that runs: the commands hand over to the package `tests.prove`.

cmd_prove() { run_prove prove "$@"; }
cmd_audit() { run_prove audit "$@"; }

run_prove() {
  if asks_for_help "${2:-}"; then print_help && return; fi
  install tests
  exec "$VENV/bin/python" -m tests.prove "$@"
}
