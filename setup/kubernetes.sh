# shellcheck shell=bash
# A Kubernetes cluster of kind's on this machine, with all that the shop wants to find in it.

CONTROLLER=ingress/k8s/controller
CREATE_SECONDS=1800 # the node's image is a gigabyte

# An existing cluster is brought to the same state.
cmd_kubernetes_kind() {
  local example="./setup.sh kubernetes kind -n eshop"
  read_options "$example" "-n --dry-run" "$@"
  demand_cluster_name "$example"
  demand_tools docker kind kubectl
  CONTEXT="kind-$CLUSTER"
  use_context "$CONTEXT"
  make_cluster
  load_or_leave "$(images_of "$CONTROLLER/deployment.yaml")"
  install_controller
  if is_dry; then return; fi
  cat <<TEXT
The cluster $CLUSTER is ready; kubectl's current context is $CONTEXT.
Next: ./setup.sh load images -k $CLUSTER
      ./setup.sh kubectl apply eshop
      ./setup.sh kubectl apply wallet
Or by Helm, in place of the last two: ./setup.sh helm deploy -r eshop, then -r wallet
TEXT
}

cmd_kubernetes_delete() {
  local example="./setup.sh kubernetes delete -n eshop"
  read_options "$example" "-n --dry-run" "$@"
  demand_cluster_name "$example"
  demand_tools docker kind
  if ! is_dry && ! has_cluster; then say "there is no cluster $CLUSTER; what kubectl still knows of it goes"; fi
  run 120 kind delete cluster --name "$CLUSTER" ||
    fail 1 "kind cannot delete the cluster $CLUSTER, see above" "./setup.sh doctor"
}

make_cluster() {
  local exists=""
  if ! is_dry && has_cluster; then exists=yes; fi
  if [ -z "$exists" ]; then
    step "making the cluster $CLUSTER"
    run_where "unless it exists" "$CREATE_SECONDS" \
      kind create cluster --name "$CLUSTER" ${KIND_NODE_IMAGE:+--image "$KIND_NODE_IMAGE"} --wait 120s ||
      fail 1 "kind cannot make the cluster, see above" "./setup.sh kubernetes delete -n $CLUSTER, then ./setup.sh doctor"
  fi
  if is_dry || [ -n "$exists" ]; then
    step "the cluster $CLUSTER exists already"
    run_where "where it exists" "$LOOK_SECONDS" kind export kubeconfig --name "$CLUSTER" || fail_to_revive
    is_dry || await_answer
  fi
}

# Leaves the question whether kind works at all to kind.
has_cluster() {
  local clusters
  clusters="$(limited "$LOOK_SECONDS" kind get clusters)" ||
    fail 1 "kind cannot say which clusters there are, see above" "./setup.sh doctor"
  grep -Fxq -- "$CLUSTER" <<<"$clusters"
}

# One whose container has just been started takes a while.
await_answer() {
  local end="$((SECONDS + 60))"
  until limited "$LOOK_SECONDS" "${IN_CLUSTER[@]}" get --raw /readyz >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$end" ]; then fail_to_revive; fi
    sleep 1
  done
}

fail_to_revive() {
  fail 1 "the cluster $CLUSTER does not answer" \
    "docker start $CLUSTER-control-plane, then again; or ./setup.sh kubernetes delete -n $CLUSTER, and make it anew"
}

install_controller() {
  step "applying the namespaces eshop and wallet, and the ingress controller"
  run 120 "${IN_CLUSTER[@]}" apply -f ingress/k8s/eshop/namespace.yaml -f ingress/k8s/wallet/namespace.yaml \
    -f "$CONTROLLER/namespace.yaml" -f "$CONTROLLER" ||
    fail 1 "kubectl cannot apply them, see above" "./setup.sh kubernetes kind -n $CLUSTER"
  await_rollouts ingress-nginx 180 "$GATE" ||
    fail 1 "the ingress controller does not get ready" \
      "./setup.sh kubernetes kind -n $CLUSTER (waits again, as for an image that is still being pulled)"
}
