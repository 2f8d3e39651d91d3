# shellcheck shell=bash
# How docker, kind, kubectl and helm are run: never for longer than a limit, and with --dry-run not at all, but shown.

DRY_RUN=""
TALK=2 # where what a tool prints goes
LOOK_SECONDS=20 # for a question that a cluster answers at once

is_dry() { [ -n "$DRY_RUN" ]; }

# What is done now.
step() { is_dry || say "$1"; }

# Arguments: the seconds it may take; a command. What it prints is talk.
run() { run_where "" "$@"; }

# As run, for what is done in some cases only. The first argument says to a dry run in which.
run_where() {
  local remark="$1" code=0
  shift
  if is_dry; then
    print_command "$remark" "${@:2}"
    return
  fi
  limited "$@" >&"$TALK" || code=$?
  if [ "$code" -eq 124 ]; then say "$2 did not end within $1 seconds"; fi
  return "$code"
}

# Arguments: a command. What it prints is the result.
ask() {
  if is_dry; then
    print_command "" "$@"
  else
    limited "$LOOK_SECONDS" "$@" || fail 1 "$1 does not answer" "./setup.sh doctor"
  fi
}

# Arguments: a remark, perhaps none; a command. A line that can be typed as it stands.
print_command() {
  local remark="$1" word line="" plain='^[A-Za-z0-9_./:=@,+-]+$' quote="'" quoted="'\\''"
  shift
  for word in "$@"; do
    if ! [[ "$word" =~ $plain ]]; then word="'${word//$quote/$quoted}'"; fi
    line="$line $word"
  done
  printf '%s\n' "${line# }${remark:+ # $remark}"
}

demand_tools() {
  local tool
  if is_dry; then return 0; fi
  for tool in "$@"; do
    is_there "$tool" || fail 1 "$tool is missing" "./setup.sh doctor"
  done
}
