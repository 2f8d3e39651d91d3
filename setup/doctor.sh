# shellcheck shell=bash
# What this machine lacks for each way to run the shop: a line a finding, and below what is wrong what to do about it.
# A warning stands in no way.

# shellcheck source-path=SCRIPTDIR/..
source setup/doctor_asking.sh
source setup/doctor_machine.sh
source setup/doctor_local.sh
source setup/doctor_docker.sh
source setup/doctor_ports.sh

WAYS=(
  "local;local;./setup.sh local up"
  "compose;docker compose;./setup.sh docker images, then docker compose up -d"
  "kind;kubectl on kind;./setup.sh docker images, then ./setup.sh kubernetes kind -n eshop, which says what comes next"
  "helm;Helm on kind;./setup.sh docker images, then ./setup.sh kubernetes kind -n eshop, which says what comes next (./setup.sh helm deploy -r eshop)"
)
NEWLINE=$'\n'
FAULTS=() # what stands in a way: the ways; what it is; what to do

cmd_doctor() {
  SYSTEM="$(uname -s)" PROCESSOR="$(uname -m)"
  title "This machine"
  check_processor
  check_memory
  check_line_endings
  check_readability
  title "For local"
  check_local
  title "For docker compose and kind"
  check_docker
  title "For kind, with kubectl or Helm"
  check_kind
  title "The ports of local and docker compose"
  check_ports
  title "The ways to run the shop"
  print_ways
}

title() { printf '%s\n' "$1"; }
fine() { printf '  ok    %s\n' "$1"; }

# Arguments: what may become a nuisance; what to do.
warn() { printf '  warn  %s\n        %s\n' "$1" "$2"; }

# Arguments: the ways in which it stands; what it is; what to do.
miss() {
  printf '  miss  %s\n        %s\n' "$2" "$3"
  FAULTS+=(" $1 ;$2;$3")
}

print_ways() {
  local row way name command complaint working=0
  for row in "${WAYS[@]}"; do
    IFS=';' read -r way name command <<<"$row"
    complaint="$(faults_of "$way" 2)"
    if [ -z "$complaint" ]; then
      printf '  %-16s works: %s\n' "$name" "$command"
      working=$((working + 1))
    else
      printf '  %-16s does not: %s\n' "$name" "${complaint//$NEWLINE/; }"
    fi
  done
  if [ "$working" -eq 0 ]; then name_nearest; fi
}

# Arguments: a way; 2 for what stands in it, 3- for what to do. Prints a line each.
faults_of() {
  if [ "${#FAULTS[@]}" -eq 0 ]; then return 0; fi
  printf '%s\n' "${FAULTS[@]}" | sed -n "/^[^;]* $1 /p" | cut -d ';' -f "$2"
}

# The way with the fewest faults, and of equals the first.
name_nearest() {
  local row way name command remedies count least=1000 nearest="" then="$NEWLINE  then "
  for row in "${WAYS[@]}"; do
    IFS=';' read -r way name command <<<"$row"
    remedies="$(faults_of "$way" 3-)"
    count="$(wc -l <<<"$remedies")"
    if [ "$count" -lt "$least" ]; then
      least="$count"
      nearest="$name: ${remedies//$NEWLINE/$then}"
    fi
  done
  fail 1 "the shop does not run here yet in any way" "the nearest is $nearest"
}
