# shellcheck shell=bash
# What the commands for Kubernetes are given, and the cluster that they speak to.

CLUSTER="" PART="" CONTEXT="" RANDOM_SECRETS="" KEEP_CLAIMS="" # what was given, else empty
PASSED=()            # options of helm's and their values, in the order in which they came
AT=""                # what takes another call to the same cluster
AGAIN=""             # the call that is being answered, to be typed once more
IN_CLUSTER=(kubectl) # and the context, once it is chosen

# Arguments: a call that is right; the words that the command takes; what it was given. Leaves it in the variables above.
read_options() {
  local example="$1" known="$2"
  shift 2
  while [ "$#" -gt 0 ]; do
    if asks_for_help "$1"; then print_help && exit; fi
    if [[ "$1" == --*=* ]]; then set -- "${1%%=*}" "${1#*=}" "${@:2}"; fi
    if [[ "$1" == *" "* || " $known " != *" $1 "* ]]; then fail 2 "unknown argument: $1" "$example"; fi
    case "$1" in
      eshop | wallet) take_part "$1" "$example" ;;
      --dry-run) DRY_RUN=yes ;;
      --random-secrets) RANDOM_SECRETS=yes ;;
      --keep-claims) KEEP_CLAIMS=yes ;;
      *)
        take_value "$1" "${2:-}" "$example"
        shift
        ;;
    esac
    shift
  done
  AT="${CONTEXT:+ --context $CONTEXT}"
}

# Arguments: an option; its value, which is none where the next option follows; a call that is right.
take_value() {
  if [ -z "$2" ] || [ "${2:0:1}" = - ]; then fail 2 "$1 takes a value" "$3"; fi
  case "$1" in
    -r) take_part "$2" "$3" ;;
    -f | --values) PASSED+=("$1" "$(from_here "$2")") ;;
    --set-file) PASSED+=("$1" "${2%%=*}=$(from_here "${2#*=}")") ;;
    -n | -k) CLUSTER="$2" ;;
    --context) CONTEXT="$2" ;;
    *) PASSED+=("$1" "$2") ;;
  esac
}

# Arguments: a half; a call that is right.
take_part() {
  case "$1" in
    eshop | wallet) ;;
    *) fail 2 "the halves are eshop and wallet, and '$1' is neither" "$2" ;;
  esac
  if [ -n "$PART" ]; then fail 2 "the halves go one at a time" "$2"; fi
  PART="$1"
}

# A node is called as its cluster and `-control-plane`, which together has to be a host's name: 63 characters.
# Argument: a call that is right.
demand_cluster_name() {
  local LC_ALL=C name='^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$'
  if [ -z "$CLUSTER" ]; then fail 2 "no cluster is named" "$1"; fi
  if ! [[ "$CLUSTER" =~ $name ]] || [ "${#CLUSTER}" -gt 49 ]; then
    fail 2 "'$CLUSTER' is no name for a cluster: up to 49 small letters, digits, hyphens and dots" "$1"
  fi
}

# A file as it is called where the command was typed. Argument: its name; an address stays what it is.
from_here() {
  case "$1" in
    /* | *://*) printf '%s' "$1" ;;
    *) if [ "$CALLER" = "$PWD" ]; then printf '%s' "$1"; else printf '%s' "$CALLER/$1"; fi ;;
  esac
}

# Arguments: the words of a call with its half.
remember_call() {
  AGAIN="$1${RANDOM_SECRETS:+ --random-secrets}${KEEP_CLAIMS:+ --keep-claims}"
  if [ "${#PASSED[@]}" -gt 0 ]; then AGAIN="$AGAIN $(print_command "" "${PASSED[@]}")"; fi
  AGAIN="$AGAIN$AT"
}

demand_part() { [ -n "$PART" ] || fail 2 "which of the two, eshop or wallet?" "$1"; }

# What is typed here by habit must not reach a cluster in which other people work.
choose_context() {
  if [ -z "$CONTEXT" ] && is_dry; then
    print_command "a name that begins with kind-; every command below says it: --context (helm: --kube-context)" kubectl config current-context
    return
  fi
  if [ -z "$CONTEXT" ]; then
    CONTEXT="$(limited "$LOOK_SECONDS" kubectl config current-context 2>/dev/null)" ||
      fail 1 "kubectl has no current context" "./setup.sh kubernetes kind -n eshop makes a cluster (or name a context: --context)"
    [[ "$CONTEXT" == kind-* ]] ||
      fail 1 "kubectl's current context is $CONTEXT, not one of kind's" "name the one you mean: --context $CONTEXT"
  fi
  use_context "$CONTEXT"
  if is_dry; then return; fi
  limited "$LOOK_SECONDS" "${IN_CLUSTER[@]}" get --raw /readyz >/dev/null ||
    fail 1 "the cluster of the context $CONTEXT does not answer" "$(how_to_revive)"
}

use_context() { IN_CLUSTER=(kubectl --context "$1"); }

how_to_revive() {
  case "$CONTEXT" in
    kind-*) echo "./setup.sh kubernetes kind -n ${CONTEXT#kind-}" ;;
    *) echo "kubectl config get-contexts" ;;
  esac
}
