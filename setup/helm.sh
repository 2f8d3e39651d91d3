# shellcheck shell=bash
# The shop in a Kubernetes cluster, by its charts. Each half is a release, in a namespace of the same name.

HELM_SECONDS=120 # for each of helm's own waits, as for a hook
# Otherwise Helm 4 has the server merge, to whom the number of replicas is kubectl's alone once it was asked to scale.
BY_CLIENT=--server-side=false
IN_HELM=(helm)   # and the context and the namespace, once they are known

cmd_helm_deploy() {
  start_helm deploy "--set --set-string --set-file -f --values" "$@"
  refuse_kubectls "./setup.sh kubectl delete $PART$AT (with its data; --keep-claims keeps it), then $AGAIN"
  refuse_interrupted
  gather_chart
  make_namespace
  upgrade_release
  await_release
  await_gate
  ask "${IN_HELM[@]}" get notes "$PART"
  is_dry || has_gate || say "$NO_WAY_IN (unless the values name another)"
}

cmd_helm_delete() {
  local ours
  start_helm delete "--keep-claims" "$@"
  refuse_kubectls "./setup.sh kubectl delete $PART${KEEP_CLAIMS:+ --keep-claims}$AT"
  ours="app.kubernetes.io/part-of=$PART"
  step "uninstalling $PART"
  run "$((DELETE_SECONDS + LOOK_SECONDS))" "${IN_HELM[@]}" uninstall "$PART" --ignore-not-found \
    --cascade foreground --wait --timeout "${DELETE_SECONDS}s" || fail_to_delete helm
  # A release of which helm has lost the record is to helm one that is not there.
  refuse_others "$BY_HELM" "helm knows of nothing more of $PART, and some is left" \
    "${IN_CLUSTER[*]} -n $PART delete $WORKLOADS -l $ours,$BY_HELM, then $AGAIN"
  delete_all pods,configmaps,networkpolicies "$ours,app.kubernetes.io/component=test" # of a `helm test` that has failed
  delete_data "$ours"
  is_dry || tell_what_remains "$ours"
}

# Arguments: the command's word; the words that it alone takes; what it was given.
start_helm() {
  local command="./setup.sh helm $1" words="-r $2 --context --dry-run"
  shift 2
  read_options "$command -r eshop" "$words" "$@"
  demand_part "$command -r eshop"
  remember_call "$command -r $PART"
  demand_tools helm kubectl
  choose_context
  IN_HELM=(helm ${CONTEXT:+--kube-context "$CONTEXT"} -n "$PART")
}

# Argument: what to type next.
refuse_kubectls() { refuse_others "${BY_HELM/=/!=}" "$PART was applied by kubectl" "$1"; }

# Helm refuses, too, but does not say what to do.
refuse_interrupted() {
  local said remedy
  if is_dry; then return 0; fi
  said="$(limited "$LOOK_SECONDS" "${IN_HELM[@]}" list --pending --uninstalling --filter "^$PART\$" -o json)" ||
    fail 1 "helm cannot say how the release $PART is, see above" "./setup.sh doctor"
  case "$said" in
    *'"pending-install"'*) remedy="${IN_HELM[*]} uninstall $PART --wait" ;;
    *'"pending-'*) remedy="${IN_HELM[*]} rollback $PART" ;;
    *'"uninstalling"'*) remedy="./setup.sh helm delete -r $PART --keep-claims$AT" ;;
    *) return 0 ;;
  esac
  fail 1 "the release $PART is half done: helm was cut off, or is still at it" "where none is at it: $remedy, then $AGAIN"
}

# It depends on folders beside it alone, so no network is needed.
gather_chart() {
  step "gathering the chart helm/$PART"
  run_on_chart "" 60 helm dependency update "helm/$PART" --skip-refresh ||
    fail 1 "helm cannot gather the chart helm/$PART, see above" "git status helm, then $AGAIN"
}

# The chart has links to files that are not Helm's alone, and Helm tells of each, each time. That is no news either.
# Arguments: what a dry run says of it; the seconds it may take; a command.
run_on_chart() { { TALK=3 run_where "$@" 3>/dev/null 2>&1 >&4 | sed '/found symbolic link in path/d' >&2; } 4>&1; }

# Not left to helm, whose namespaces have no labels: these say how safe a pod has to be.
make_namespace() {
  step "applying the namespace $PART"
  run 120 "${IN_CLUSTER[@]}" apply -f "ingress/k8s/$PART/namespace.yaml" ||
    fail 1 "kubectl cannot make the namespace, see above" "$AGAIN, once more"
}

# Without --wait: a helm that is cut off while it waits leaves a release that is neither old nor new.
upgrade_release() {
  local upgrade=("${IN_HELM[@]}" upgrade --install "$PART" "helm/$PART" --reset-then-reuse-values)
  if [ "${#PASSED[@]}" -gt 0 ]; then upgrade+=("${PASSED[@]}"); fi
  if is_helm_4; then upgrade+=("$BY_CLIENT"); fi
  step "deploying $PART"
  # Quietly: it prints the notes, which come when they are true.
  run_on_chart "by Helm 4 with $BY_CLIENT" "$((HELM_SECONDS + 60))" "${upgrade[@]}" --timeout "${HELM_SECONDS}s" ||
    fail 1 "helm cannot deploy $PART, see above" "mend what it names, then the same once more"
}

# Helm 3 does not know the option.
is_helm_4() {
  if is_dry; then return 1; fi
  [[ "$(limited "$LOOK_SECONDS" helm version --short)" == v4* ]]
}

await_release() {
  local workload found workloads=()
  found="$(workloads_of_release)" || fail 1 "kubectl cannot say what $PART is made of, see above" "$AGAIN, once more"
  [ -n "$found" ] || fail 1 "nothing of $PART is there to be waited for" "${IN_HELM[*]} get manifest $PART"
  for workload in $found; do workloads+=("$workload"); done
  await_rollouts "$PART" "$APPLY_SECONDS" "${workloads[@]}" ||
    fail 1 "$PART does not get ready" "where images are missing: ./setup.sh load images -k <cluster>; \
to wait again: $AGAIN; for the version before, if it has as many members of MongoDB: ${IN_HELM[*]} rollback $PART"
}

# As the cluster says, for a database may be somebody else's. The databases first: the services wait for them.
workloads_of_release() {
  local component
  if is_dry; then
    for component in $(components_of "$PART"); do workload_of "$component"; done
    return
  fi
  look "$PART" get statefulsets,deployments -l "app.kubernetes.io/part-of=$PART" -o name | sed 's|\.apps/|/|'
}
