#!/usr/bin/env bats
# Applying and deleting the halves of the shop, with a kubectl that only notes how it was called.

bats_require_minimum_version 1.5.0
load fixture
load cluster

K="kubectl --context kind-eshop"
ESHOP="-f ingress/k8s/eshop/namespace.yaml -f ingress/k8s/eshop -f mongodb/k8s -f userservice/k8s -f productservice/k8s \
-f orderservice/k8s -f paymentservice/k8s"
WALLET="-f ingress/k8s/wallet/namespace.yaml -f ingress/k8s/wallet -f postgresql/k8s -f walletservice/k8s"
WORKLOADS="deployments,statefulsets,horizontalpodautoscalers,poddisruptionbudgets,ingresses,services"
SETTINGS="networkpolicies,configmaps,serviceaccounts,secrets"
NO_WAY_IN="the shop's NetworkPolicies let in the ingress controller in the namespace ingress-nginx alone, and there is none"
BOUNDS="--ignore-not-found --cascade=foreground --wait --timeout=180s"

@test "a half is applied at once, then waited for, and what comes next is the result" {
  make_shop
  setup_sh kubectl apply eshop
  [ "$status" -eq 0 ]
  called "$K apply $ESHOP"
  for workload in statefulset/mongodb deployment/{user,product,order,payment}service; do
    grep -Eq "^$K -n eshop rollout status $workload --timeout=(300|29[0-9])s$" "$calls"
  done
  [ "$(times_called " apply ")" -eq 1 ]
  [ "$(times_called " create ")" -eq 0 ]
  grep -Fq "./setup.sh kubectl urls" <<<"$output"
  grep -Fq "kubectl --context kind-eshop -n ingress-nginx port-forward service/ingress-nginx-controller 8443:443" <<<"$output"
  grep -Fq "./setup.sh kubectl apply wallet" <<<"$output"
  setup_sh ESHOP_HAS="paymentservice development" kubectl apply wallet
  [ "$status" -eq 0 ]
  run ! grep -F "kubectl apply eshop" <<<"$output"
  called "$K apply $WALLET"
  grep -Fq "$K -n wallet rollout status deployment/walletservice" "$calls"
}

@test "a half that does not get ready ends it, with what its pods say" {
  make_shop
  setup_sh STUCK=deployment/productservice kubectl apply eshop
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  says "CrashLoopBackOff"
  says "Back-off restarting"
  says "no such variable"
  says "error: eshop does not get ready"
  says "./setup.sh load images"
  no_call "rollout status deployment/orderservice"
}

@test "the gate is waited for last, where there is one" {
  make_shop
  setup_sh kubectl apply wallet
  [ "$status" -eq 0 ]
  [ "$(position_of "rollout status deployment/ingress-nginx-controller")" -gt "$(position_of "rollout status deployment/walletservice")" ]
  : >"$calls"
  setup_sh NO_GATE=1 kubectl apply wallet
  [ "$status" -eq 0 ]
  no_call "rollout status deployment/ingress-nginx-controller"
  grep -Fq "wallet is ready" <<<"$output"
  says "$NO_WAY_IN"
  run ! grep -F port-forward <<<"$output$stderr"
  setup_sh STUCK=deployment/ingress kubectl apply wallet
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  says "error: the ingress controller is not ready"
  says "no such variable"
}

@test "all waits together have one limit" {
  make_shop
  sed -i.bak 's/^APPLY_SECONDS=.*/APPLY_SECONDS=20/' "$checkout/setup/kubectl.sh"
  stub kubectl 'echo "kubectl $*" >>"$CALLS"
case "$*" in
  *"rollout status statefulset"*) sleep 2 ;;
  *config*) echo kind-eshop ;;
esac'
  setup_sh kubectl apply wallet
  [ "$status" -eq 0 ]
  left="$(sed -n 's/.*deployment.walletservice --timeout=\(.*\)s$/\1/p' "$calls")"
  [ "$left" -ge 1 ]
  [ "$left" -le 18 ]
}

@test "another's cluster is left alone unless its context is named" {
  make_shop
  for words in "apply eshop" "delete wallet" status urls; do
    : >"$calls"
    setup_sh CURRENT=production kubectl $words
    [ "$status" -eq 1 ]
    [ -z "$output" ]
    says "kubectl's current context is production"
    says "--context production"
    [ "$(wc -l <"$calls")" -eq 1 ]
    setup_sh ESHOP_HAS=$'mongodb random\npaymentservice random\n' CURRENT=elsewhere kubectl $words --context production
    [ "$status" -eq 0 ]
    [ "$(times_called "--context production")" -ge 1 ]
    no_call "--context elsewhere"
    no_call "--context kind"
  done
}

@test "a name that only contains kind- is another's" {
  make_shop
  setup_sh CURRENT=my-kind-cluster kubectl delete eshop
  [ "$status" -eq 1 ]
  no_call " delete "
}

@test "every call names the context" {
  make_shop
  for words in "apply eshop" "delete eshop" status urls; do
    setup_sh kubectl $words
    [ "$status" -eq 0 ]
  done
  run ! grep -Ev '^kubectl (--context kind-eshop |config current-context$)' "$calls"
}

@test "without a context, or a cluster that answers, nothing is applied, and what to do is said" {
  make_shop
  setup_sh NO_CONTEXT=1 kubectl apply eshop
  [ "$status" -eq 1 ]
  says "kubectl has no current context"
  says "./setup.sh kubernetes kind -n eshop"
  setup_sh DEAD=1 CURRENT=kind-mine kubectl apply eshop
  [ "$status" -eq 1 ]
  says "the cluster of the context kind-mine does not answer"
  says "./setup.sh kubernetes kind -n mine"
  no_call " apply "
}

@test "a cluster that accepts and never answers is not waited for" {
  make_shop
  sed -i.bak 's/^LOOK_SECONDS=20/LOOK_SECONDS=1/' "$checkout/setup/tools.sh"
  stub kubectl 'if [ "$1" = config ]; then echo kind-eshop; else exec sleep 300; fi'
  SECONDS=0
  setup_sh kubectl status
  [ "$status" -eq 1 ]
  [ "$SECONDS" -lt 250 ]
  says "does not answer"
}

@test "deleting takes the pods before what guards them, the claims after both, the credentials last, and says whose data goes" {
  make_shop
  setup_sh kubectl delete eshop
  [ "$status" -eq 0 ]
  called "$K -n eshop delete $WORKLOADS -l app.kubernetes.io/part-of=eshop,!eshop.com/credentials $BOUNDS"
  called "$K -n eshop delete $SETTINGS -l app.kubernetes.io/part-of=eshop,!eshop.com/credentials $BOUNDS"
  called "$K -n eshop delete persistentvolumeclaims -l app.kubernetes.io/part-of=eshop $BOUNDS"
  called "$K -n eshop delete secrets -l app.kubernetes.io/part-of=eshop,eshop.com/credentials $BOUNDS"
  [ "$(position_of "delete deployments")" -lt "$(position_of "delete networkpolicies")" ]
  [ "$(position_of "delete networkpolicies")" -lt "$(position_of "delete persistentvolumeclaims")" ]
  called "$K -n eshop get $WORKLOADS,$SETTINGS,persistentvolumeclaims -l app.kubernetes.io/part-of=eshop -o name"
  [ "$(position_of "delete persistentvolumeclaims")" -lt "$(position_of "delete secrets")" ]
  says "with them its data"
  [ "$output" = "Nothing is left of eshop but its namespace." ]
  no_call "delete namespace"
}

@test "claims that are kept keep the credentials of their database" {
  make_shop
  setup_sh LEFT=$'persistentvolumeclaim/data-postgresql-0\nsecret/postgresql' kubectl delete wallet --keep-claims
  [ "$status" -eq 0 ]
  for kinds in "$WORKLOADS" "$SETTINGS"; do
    called "$K -n wallet delete $kinds -l app.kubernetes.io/part-of=wallet,!eshop.com/credentials $BOUNDS"
  done
  [ "$(times_called " delete ")" -eq 2 ]
  grep -Fxq "persistentvolumeclaim/data-postgresql-0" <<<"$output"
  grep -Fxq "secret/postgresql" <<<"$output"
}

@test "pods that cannot be deleted end it, and stay guarded; so does all else, before the claims" {
  make_shop
  setup_sh UNDELETABLE="$WORKLOADS" kubectl delete eshop
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  says "CrashLoopBackOff"
  says "error: kubectl cannot delete all of eshop"
  no_call "delete networkpolicies"
  setup_sh UNDELETABLE="$SETTINGS" kubectl delete eshop
  [ "$status" -eq 1 ]
  no_call "delete persistentvolumeclaims"
  setup_sh UNDELETABLE=persistentvolumeclaims kubectl delete eshop
  [ "$status" -eq 1 ]
  no_call "delete secrets"
}

@test "status shows both halves" {
  make_shop
  setup_sh kubectl status
  [ "$status" -eq 0 ]
  for part in eshop wallet; do called "$K -n $part get pods,services,ingresses,persistentvolumeclaims"; done
}

@test "the addresses are the result, and how to reach them is talk" {
  make_shop
  setup_sh kubectl urls
  [ "$status" -eq 0 ]
  [ "$output" = "https://users.eshop.com:8443/users" ]
  for ports in 8443:443 443:443 80:80; do says "$ports"; done
  setup_sh NO_GATE=1 kubectl urls
  [ "$status" -eq 0 ]
  [ "$output" = "https://users.eshop.com:8443/users" ]
  says "$NO_WAY_IN"
  run ! says port-forward
  setup_sh URLS= kubectl urls
  [ "$status" -eq 1 ]
  says "./setup.sh kubectl apply eshop"
}

@test "what is missing or unknown is refused, with a call that is right" {
  make_shop
  for words in "apply" "delete" "apply shop" "apply eshop --keep-claims" "delete wallet --random-secrets" "status eshop" \
    "apply eshop --context" "apply --dry-run" "urls --context --dry-run" "delete eshop --force"; do
    setup_sh kubectl $words
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    says "./setup.sh kubectl ${words%% *}"
    [ ! -s "$calls" ]
  done
}

@test "both halves at once are no half" {
  make_shop
  setup_sh kubectl delete eshop wallet
  [ "$status" -eq 2 ]
  says "one at a time"
  [ ! -s "$calls" ]
}

@test "each can be asked for help" {
  make_shop
  for words in "" apply delete "apply eshop" status urls; do
    setup_sh kubectl $words -h
    [ "$status" -eq 0 ]
    grep -Fq -- "--random-secrets" <<<"$output"
    [ ! -s "$calls" ]
  done
}

@test "without kubectl the doctor is named" {
  make_shop
  rm "$bin/kubectl"
  setup_sh kubectl apply eshop
  [ "$status" -eq 1 ]
  says "kubectl is missing"
  says "./setup.sh doctor"
}

@test "a dry run prints the commands, needs no kubectl, and calls none" {
  make_shop
  for tools in there gone; do
    if [ "$tools" = gone ]; then rm "$bin/kubectl"; fi
    setup_sh kubectl apply wallet --context kind-eshop --dry-run
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [ "${lines[0]}" = "$K apply $WALLET # with -l '!eshop.com/credentials' where there are random credentials" ]
    [ "${lines[1]}" = "$K -n wallet rollout status statefulset/postgresql --timeout=300s" ]
    [ "${lines[2]}" = "$K -n wallet rollout status deployment/walletservice --timeout=300s" ]
    setup_sh kubectl delete wallet --dry-run --context kind-eshop
    [ "${lines[0]}" = "$K -n wallet delete $WORKLOADS -l 'app.kubernetes.io/part-of=wallet,!eshop.com/credentials' $BOUNDS" ]
    [ "${lines[1]}" = "$K -n wallet delete $SETTINGS -l 'app.kubernetes.io/part-of=wallet,!eshop.com/credentials' $BOUNDS" ]
    [ "${#lines[@]}" -eq 4 ]
    setup_sh kubectl delete wallet --dry-run --context "it's mine" --keep-claims
    [ "${#lines[@]}" -eq 2 ]
    [[ "${lines[0]}" == "kubectl --context 'it'\\''s mine' -n wallet delete "* ]]
    setup_sh kubectl status --dry-run
    [ -z "$stderr" ]
    [[ "${lines[0]}" == "kubectl config current-context # "* ]]
    [ "${lines[1]}" = "kubectl -n eshop get pods,services,ingresses,persistentvolumeclaims" ]
    setup_sh kubectl urls --dry-run
    [ "$status" -eq 0 ]
    [ ! -s "$calls" ]
  done
}
