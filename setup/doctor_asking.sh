# shellcheck shell=bash
# How the doctor asks other programs: never for longer than a limit, since a daemon that hangs hangs its clients.

ANSWER_SECONDS=10

# Arguments: seconds; a command. Prints what it prints; 124 when it did not end in time. A Mac has no `timeout`.
# Each in a group of its own (-m): what the command has started would keep its output open. On an interrupt they end, too.
limited() (
  set +e -m
  "${@:2}" </dev/null &
  asked="$!"
  (sleep "$1" && kill -9 -- "-$asked") </dev/null >/dev/null 2>&1 &
  guard="$!"
  trap 'kill -9 -- "-$asked" "-$guard"' EXIT
  exec 2>/dev/null
  wait "$asked"
  code="$?"
  if [ "$code" -eq 137 ]; then exit 124; fi
  exit "$code"
)

is_there() { command -v "$1" >/dev/null; }

# Prints the first version number in what a command says, or nothing.
version_said() {
  local said
  said="$(limited "$ANSWER_SECONDS" "$@" 2>/dev/null)" || return 0
  if [[ "$said" =~ [0-9]+\.[0-9]+(\.[0-9]+)? ]]; then printf '%s\n' "${BASH_REMATCH[0]}"; fi
}

# Arguments: a version; the least that will do (major.minor).
is_at_least() {
  local major="${1%%.*}" rest="${1#*.}"
  if [ "$major" -ne "${2%%.*}" ]; then
    [ "$major" -gt "${2%%.*}" ]
  else
    [ "${rest%%.*}" -ge "${2#*.}" ]
  fi
}

# Arguments: a program's name; the least version; the ways that need it; where to get it; the command that tells its version.
check_version() {
  local name="$1" least="$2" ways="$3" remedy="$4" version
  shift 4
  if ! is_there "$1"; then
    miss "$ways" "$name is missing" "$remedy"
    return
  fi
  version="$(version_said "$@")"
  if [ -z "$version" ]; then
    miss "$ways" "$name does not tell its version" "see what this says: $*"
  elif is_at_least "$version" "$least"; then
    fine "$name $version"
  else
    miss "$ways" "$name $version is older than $least" "$remedy"
  fi
}
