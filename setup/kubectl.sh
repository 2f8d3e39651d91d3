# shellcheck shell=bash
# The shop in a Kubernetes cluster, by its plain manifests. Each half has a namespace of its own name.

ESHOP=(mongodb userservice productservice orderservice paymentservice)
WALLET=(postgresql walletservice)
WORKLOADS=deployments,statefulsets,horizontalpodautoscalers,poddisruptionbudgets,ingresses,services
SETTINGS=networkpolicies,configmaps,serviceaccounts,secrets
APPLY_SECONDS=300 # in which images are pulled, too
DELETE_SECONDS=180
BY_HELM=app.kubernetes.io/managed-by=Helm # a selector, as WITHOUT_CREDENTIALS is
GATE=deployment/ingress-nginx-controller
NO_WAY_IN="the shop's NetworkPolicies let in the ingress controller in the namespace ingress-nginx alone, and there is none"
HOSTS='{{range .items}}{{range .spec.rules}}https://{{.host}}:8443{{(index .http.paths 0).path}}{{"\n"}}{{end}}{{end}}'

cmd_kubectl_apply() {
  local component manifests workloads=()
  start_kubectl "./setup.sh kubectl apply eshop" "eshop wallet --random-secrets --context --dry-run" "$@"
  manifests=(-f "ingress/k8s/$PART/namespace.yaml" -f "ingress/k8s/$PART")
  for component in $(components_of "$PART"); do
    manifests+=(-f "$component/k8s")
    workloads+=("$(workload_of "$component")")
  done
  refuse_others "$BY_HELM" "$PART was deployed by Helm" \
    "./setup.sh helm delete -r $PART$AT (with its data; --keep-claims keeps it), then $AGAIN"
  settle_credentials
  step "applying the manifests of $PART"
  run_where "$APPLY_REMARK" 120 "${IN_CLUSTER[@]}" apply ${KEPT:+-l "$WITHOUT_CREDENTIALS"} "${manifests[@]}" ||
    fail 1 "kubectl cannot apply the manifests, see above" "$AGAIN, once more"
  await_rollouts "$PART" "$APPLY_SECONDS" "${workloads[@]}" ||
    fail 1 "$PART does not get ready" \
      "where images are missing: ./setup.sh load images -k <cluster>; to wait again: $AGAIN"
  await_gate
  is_dry || tell_what_is_next
}

# Who types the next line wants to come in.
await_gate() {
  if ! is_dry && ! has_gate; then return 0; fi
  await_rollouts ingress-nginx "$APPLY_SECONDS" "$GATE" ||
    fail 1 "the ingress controller is not ready" "$AGAIN, once more"
}

cmd_kubectl_delete() {
  local ours
  start_kubectl "./setup.sh kubectl delete eshop" "eshop wallet --keep-claims --context --dry-run" "$@"
  refuse_others "$BY_HELM" "$PART was deployed by Helm" "./setup.sh helm delete -r $PART${KEEP_CLAIMS:+ --keep-claims}$AT"
  ours="app.kubernetes.io/part-of=$PART"
  step "deleting $PART"
  delete_all "$WORKLOADS" "$ours,$WITHOUT_CREDENTIALS"
  delete_all "$SETTINGS" "$ours,$WITHOUT_CREDENTIALS" # then only: without its policies a pod that still ends is open to all
  delete_data "$ours"
  is_dry || tell_what_remains "$ours"
}

# Argument: a label selector.
delete_data() {
  if [ -n "$KEEP_CLAIMS" ]; then return 0; fi
  step "deleting the claims of $PART, and with them its data (--keep-claims would keep them)"
  delete_all persistentvolumeclaims "$1"
  delete_all secrets "$1,eshop.com/credentials" # last: they live as long as the data of the database that knows them
}

cmd_kubectl_status() {
  local part
  start_kubectl "./setup.sh kubectl status" "--context --dry-run" "$@"
  for part in eshop wallet; do
    step "$part:"
    ask "${IN_CLUSTER[@]}" -n "$part" get pods,services,ingresses,persistentvolumeclaims
  done
}

# As the Ingress objects in the cluster say, not the files.
cmd_kubectl_urls() {
  local urls
  start_kubectl "./setup.sh kubectl urls" "--context --dry-run" "$@"
  urls="$(ask "${IN_CLUSTER[@]}" get ingresses --all-namespaces -l "app.kubernetes.io/part-of in (eshop, wallet)" -o "go-template=$HOSTS")"
  [ -n "$urls" ] || fail 1 "the cluster has none of the shop's hosts" "./setup.sh kubectl apply eshop"
  printf '%s\n' "$urls"
  is_dry || tell_of_way_in
}

# Arguments: a call that is right; the words that the command takes; what it was given.
start_kubectl() {
  read_options "$@"
  if [[ "$2" == *eshop* ]]; then
    demand_part "$1"
    remember_call "${1% *} $PART"
  fi
  demand_tools kubectl
  choose_context
}

# A half is one tool's: of another's objects it would take over some, and leave the rest.
# Arguments: a label selector for the other's; what is wrong; what to type next.
refuse_others() {
  local others
  if is_dry; then return 0; fi
  others="$(look "$PART" get "$WORKLOADS" -l "app.kubernetes.io/part-of=$PART,$1" -o name)" ||
    fail 1 "kubectl cannot say who has made $PART, see above" "./setup.sh kubectl status$AT"
  if [ -n "$others" ]; then fail 1 "$2" "$3"; fi
}

has_gate() { [ -n "$(look ingress-nginx get "$GATE" --ignore-not-found -o name)" ]; }

components_of() { if [ "$1" = eshop ]; then echo "${ESHOP[*]}"; else echo "${WALLET[*]}"; fi; }
workload_of() { if [ -f "$1/k8s/statefulset.yaml" ]; then echo "statefulset/$1"; else echo "deployment/$1"; fi; }

# Arguments: kinds; a label selector. Not by files: what an older checkout has applied goes as well.
delete_all() {
  run "$((DELETE_SECONDS + LOOK_SECONDS))" "${IN_CLUSTER[@]}" -n "$PART" delete "$1" -l "$2" --ignore-not-found \
    --cascade=foreground --wait "--timeout=${DELETE_SECONDS}s" || fail_to_delete kubectl
}

# Argument: who was to delete it.
fail_to_delete() {
  say "not all of it is gone, and this is what the pods in $PART say:"
  tell_of_pods "$PART" >&2
  fail 1 "$1 cannot delete all of $PART, see above" "$AGAIN"
}

tell_what_remains() {
  local left
  left="$(look "$PART" get "$WORKLOADS,$SETTINGS,persistentvolumeclaims" -l "$1" -o name)" ||
    fail 1 "kubectl cannot say what is left of $PART, see above" "./setup.sh kubectl status"
  if [ -z "$left" ]; then
    echo "Nothing is left of $PART but its namespace."
  else
    printf 'In the namespace %s remain:\n%s\n' "$PART" "$left"
  fi
}

tell_what_is_next() {
  echo "$PART is ready. Where it is to be reached, and how: ./setup.sh kubectl urls"
  if [ -z "$THERE" ]; then
    echo "The other half of the shop: ./setup.sh kubectl apply $(other_part)${KEPT:+ --random-secrets}"
  fi
  if has_gate; then
    echo "In a terminal of its own: $(port_forward) 8443:443"
  else
    say "$NO_WAY_IN"
  fi
}

port_forward() { echo "${IN_CLUSTER[*]} -n ingress-nginx port-forward service/ingress-nginx-controller"; }

tell_of_way_in() {
  local forward
  forward="$(port_forward)"
  if ! has_gate; then
    say "$NO_WAY_IN"
    return
  fi
  say "They answer as long as this runs in a terminal of its own: $forward 8443:443"
  say "  (as root also $forward 443:443, or 80:80 for plain http)"
  say "Their names lead here by: curl -k --resolve users.eshop.com:8443:127.0.0.1 https://users.eshop.com:8443/users"
}
