# shellcheck shell=bash
# Waiting for what was applied, and when it does not come, what its pods say.

# Arguments: a namespace; the seconds that all of them may take; what to wait for.
await_rollouts() {
  local namespace="$1" limit="$2" left workload end="$((SECONDS + $2))"
  shift 2
  for workload in "$@"; do
    left="$((end - SECONDS))"
    if is_dry; then left="$limit"; fi
    if [ "$left" -le 0 ]; then left=1; fi
    step "waiting for $workload"
    run "$((left + LOOK_SECONDS))" "${IN_CLUSTER[@]}" -n "$namespace" rollout status "$workload" "--timeout=${left}s" && continue
    say "$workload is not ready, and this is what the pods in $namespace say:"
    tell_of_pods "$namespace" >&2
    return 1
  done
}

# Each as far as it can be asked.
tell_of_pods() {
  # Without a metrics server the autoscalers complain every minute.
  local events="type=Warning,involvedObject.kind!=HorizontalPodAutoscaler"
  look "$1" get pods -o wide || true
  say "The last warnings:"
  look "$1" get events --field-selector "$events" --sort-by .lastTimestamp | tail -n 12 || true
  tell_of_logs "$1"
}

tell_of_logs() {
  local pods pod container
  pods="$(look "$1" get pods -o "go-template=$(unready)")" || return 0
  while read -r pod container; do
    if [ -z "$pod" ]; then continue; fi
    say "The last lines of $container in $pod:"
    look "$1" logs "$pod" -c "$container" --tail 12 || true
  done <<<"$pods"
}

# A pod and a container a line: those that have started, and are not ready.
unready() {
  cat <<'END'
{{- range .items}}{{$pod := .metadata.name}}
  {{- range .status.initContainerStatuses}}
    {{- if and (not .ready) (or .restartCount (not .state.waiting))}}{{$pod}} {{.name}}{{"\n"}}{{end}}
  {{- end}}
  {{- range .status.containerStatuses}}
    {{- if and (not .ready) (or .restartCount (not .state.waiting))}}{{$pod}} {{.name}}{{"\n"}}{{end}}
  {{- end}}
{{- end}}
END
}

# Arguments: a namespace; what to ask of kubectl.
look() { limited "$LOOK_SECONDS" "${IN_CLUSTER[@]}" -n "$@"; }
