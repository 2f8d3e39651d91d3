#!/usr/bin/env bats
# Deploying and deleting the halves of the shop as releases, with a helm and a kubectl that only note how they were called.

bats_require_minimum_version 1.5.0
load fixture
load cluster

K="kubectl --context kind-eshop"
H="helm --kube-context kind-eshop"
UPGRADE="$H -n eshop upgrade --install eshop helm/eshop --reset-then-reuse-values"
KINDS="deployments,statefulsets,horizontalpodautoscalers,poddisruptionbudgets,ingresses,services"
BY_HELM="app.kubernetes.io/managed-by=Helm"
BOUNDS="--ignore-not-found --cascade=foreground --wait --timeout=180s"
HALF_DONE="error: the release eshop is half done: helm was cut off, or is still at it"

# The calls that change something, in their order.
changes() { grep -E '^helm dependency|^helm .* (upgrade|uninstall) | (apply|delete|create|rollout) ' "$calls" || true; }
release_is() { RELEASES="[{\"name\":\"eshop\",\"namespace\":\"eshop\",\"revision\":\"2\",\"status\":\"$1\"}]"; }

@test "a half is gathered, upgraded and waited for, databases first, then the gate, and its notes are the result" {
  make_shop
  setup_sh helm deploy -r eshop
  [ "$status" -eq 0 ]
  [ "$output" = "$(printf 'NOTES:\nit answers')" ]
  [ "$(changes | sed 's/=\(300\|29[0-9]\)s$/=300s/')" = "helm dependency update helm/eshop --skip-refresh
$K apply -f ingress/k8s/eshop/namespace.yaml
$UPGRADE --timeout 120s
$K -n eshop rollout status statefulset/mongodb --timeout=300s
$K -n eshop rollout status deployment/userservice --timeout=300s
$K -n ingress-nginx rollout status deployment/ingress-nginx-controller --timeout=300s" ]
  [ "$(position_of "get notes")" -gt "$(position_of "rollout status deployment/ingress")" ]
  called "$K -n eshop get statefulsets,deployments -l app.kubernetes.io/part-of=eshop -o name"
  called "$H -n eshop get notes eshop"
  says "W1126 would violate PodSecurity"
  run ! says "too early"
  run ! says "symbolic link"
}

@test "the other half is a release of its own name, in its own namespace" {
  make_shop
  setup_sh RELEASED="statefulset.apps/postgresql deployment.apps/walletservice" helm deploy -r wallet
  [ "$status" -eq 0 ]
  called "helm dependency update helm/wallet --skip-refresh"
  called "$K apply -f ingress/k8s/wallet/namespace.yaml"
  called "$H -n wallet upgrade --install wallet helm/wallet --reset-then-reuse-values --timeout 120s"
  grep -q "^$K -n wallet rollout status deployment/walletservice" "$calls"
  no_call eshop/
}

@test "a database that is somebody else's is not waited for" {
  make_shop
  setup_sh RELEASED=deployment.apps/userservice helm deploy -r eshop
  [ "$status" -eq 0 ]
  grep -q "rollout status deployment/userservice" "$calls"
  no_call mongodb
}

@test "an option and its value may be one word" {
  make_shop
  cd "$checkout"
  setup_sh helm deploy -r eshop --set=a.b=c=d "--values=my values.yaml" --context=kind-mine --dry-run
  [ "$status" -eq 0 ]
  grep -Fq -- "helm --kube-context kind-mine -n eshop upgrade --install eshop helm/eshop --reset-then-reuse-values \
--set a.b=c=d --values 'my values.yaml' --timeout 120s" <<<"$output"
  for words in "--set=" "--sett=a=b" "--dry-run=yes"; do
    setup_sh helm deploy -r eshop "$words"
    [ "$status" -eq 2 ]
    [ ! -s "$calls" ]
  done
}

@test "values reach helm as they were typed, in their order" {
  make_shop
  cd "$checkout"
  stub helm 'case "$*" in *upgrade*) printf "%s\n" "$@" >>"$CALLS" ;; esac'
  setup_sh helm deploy --set "a=b c" -f "my values.yaml" -r eshop --set-string "quote=it's \"here\"" --set n=-1 --set-file "k=*"
  [ "$status" -eq 0 ]
  [ "$(sed -n '/^--reset-then/,/^--timeout/p' "$calls")" = "--reset-then-reuse-values
--set
a=b c
-f
my values.yaml
--set-string
quote=it's \"here\"
--set
n=-1
--set-file
k=*
--timeout" ]
}

@test "files are those of the folder in which the command was typed" {
  make_shop
  cd "$BATS_TEST_TMPDIR"
  setup_sh helm deploy -r eshop -f my.yaml --values /etc/my.yaml --set-file a.b=c/d.crt -f https://example.org/my.yaml
  [ "$status" -eq 0 ]
  called "$UPGRADE -f $BATS_TEST_TMPDIR/my.yaml --values /etc/my.yaml --set-file a.b=$BATS_TEST_TMPDIR/c/d.crt \
-f https://example.org/my.yaml --timeout 120s"
}

@test "Helm 4 is told to merge as Helm 3 does, which does not know the word" {
  make_shop
  setup_sh HELM_VERSION=v4.1.4+g05fa379 helm deploy -r eshop
  [ "$status" -eq 0 ]
  called "$UPGRADE --server-side=false --timeout 120s"
  : >"$calls"
  setup_sh HELM_VERSION=v3.16.1+g5a5449d helm deploy -r eshop
  called "$UPGRADE --timeout 120s"
}

@test "what is to be typed once more has the values, too" {
  make_shop
  cd "$checkout"
  release_is pending-upgrade
  setup_sh "RELEASES=$RELEASES" helm deploy -r eshop --set "a=b c" -f my.yaml
  [ "$status" -eq 1 ]
  says "rollback eshop, then ./setup.sh helm deploy -r eshop --set 'a=b c' -f my.yaml"
}

@test "every call names the context and the namespace" {
  make_shop
  for words in "deploy -r eshop" "delete -r eshop"; do
    setup_sh helm $words
    [ "$status" -eq 0 ]
    setup_sh CURRENT=elsewhere helm $words --context production
    [ "$status" -eq 0 ]
  done
  [ "$(times_called "context production -n ")" -ge 10 ]
  run ! grep -Ev '^(helm --kube-context (kind-eshop|production) -n eshop |helm (dependency update|version --short)|kubectl config current-context$)' \
    <(grep -Ev '^kubectl --context (kind-eshop|production) (-n (eshop|ingress-nginx) |get --raw |apply -f )' "$calls")
}

@test "another's cluster is left alone unless its context is named" {
  make_shop
  for words in "deploy -r eshop" "delete -r wallet"; do
    : >"$calls"
    setup_sh CURRENT=my-kind-cluster helm $words
    [ "$status" -eq 1 ]
    says "--context my-kind-cluster"
    [ "$(wc -l <"$calls")" -eq 1 ]
  done
}

@test "each step that fails ends it, and says what to type next" {
  make_shop
  for row in \
    "dependency update:gather the chart helm/eshop:git status helm, then ./setup.sh helm deploy -r eshop --context kind-eshop" \
    "apply -f:make the namespace:" \
    " upgrade :helm cannot deploy eshop:mend what it names, then the same once more" \
    "get statefulsets:what eshop is made of:" \
    "rollout status deployment/userservice:eshop does not get ready:./setup.sh load images -k <cluster>" \
    "rollout status deployment/ingress:the ingress controller is not ready:"; do
    IFS=: read -r step complaint remedy <<<"$row"
    : >"$calls"
    setup_sh FAILS="$step" helm deploy -r eshop --context kind-eshop
    [ "$status" -eq 1 ]
    [ -z "$output" ]
    grep -Eq "^error: .*$complaint" <<<"$stderr"
    says "${remedy:-./setup.sh helm deploy -r eshop --context kind-eshop, once more}"
    [[ "$(changes | tail -n 1)" == *"$step"* ]] || [ "$step" = "get statefulsets" ]
    no_call "get notes"
  done
}

@test "helm's own complaint is heard" {
  make_shop
  for step in "dependency update" " upgrade "; do
    setup_sh FAILS="$step" helm deploy -r eshop
    says "Error: this is why"
  done
}

@test "a half that does not get ready says what its pods say, and how to come back to the version before" {
  make_shop
  setup_sh STUCK=statefulset/mongodb helm deploy -r eshop
  [ "$status" -eq 1 ]
  says "CrashLoopBackOff"
  says "no such variable"
  says "to wait again: ./setup.sh helm deploy -r eshop"
  says "$H -n eshop rollback eshop"
  no_call "rollout status deployment/userservice"
}

@test "a release of which nothing runs is not ready" {
  make_shop
  setup_sh RELEASED= helm deploy -r eshop
  [ "$status" -eq 1 ]
  says "error: nothing of eshop is there to be waited for"
  says "$H -n eshop get manifest eshop"
}

@test "without a gate nothing is waited for in its place, and that nobody comes in is said" {
  make_shop
  setup_sh NO_GATE=1 helm deploy -r eshop
  [ "$status" -eq 0 ]
  says "the shop's NetworkPolicies let in the ingress controller"
  no_call "rollout status deployment/ingress"
}

@test "a helm that hangs is ended, and said to be" {
  make_shop
  sed -i.bak 's/HELM_SECONDS + 60/1/' "$checkout/setup/helm.sh"
  stub helm 'case "$*" in *upgrade*) exec sleep 300 ;; esac'
  SECONDS=0
  setup_sh helm deploy -r eshop
  [ "$status" -eq 1 ]
  [ "$SECONDS" -lt 250 ]
  says "helm did not end within 1 seconds"
}

@test "a release that a helm has left half done is not touched, and how to mend it is said" {
  make_shop
  for row in "pending-install:$H -n eshop uninstall eshop --wait" "pending-upgrade:$H -n eshop rollback eshop" \
    "pending-rollback:$H -n eshop rollback eshop" "uninstalling:./setup.sh helm delete -r eshop --keep-claims --context kind-eshop"; do
    : >"$calls"
    release_is "${row%%:*}"
    setup_sh "RELEASES=$RELEASES" helm deploy -r eshop --context kind-eshop
    [ "$status" -eq 1 ]
    says "$HALF_DONE"
    says "${row#*:}, then ./setup.sh helm deploy -r eshop --context kind-eshop"
    called "$H -n eshop list --pending --uninstalling --filter ^eshop\$ -o json"
    [ -z "$(changes)" ]
  done
  setup_sh FAILS=" list " helm deploy -r eshop
  [ "$status" -eq 1 ]
  says "error: helm cannot say how the release eshop is"
  [ -z "$(changes)" ]
}

@test "what kubectl has applied is not taken over by helm, nor deleted" {
  make_shop
  for words in deploy "delete --keep-claims"; do
    : >"$calls"
    setup_sh KUBECTLS=deployment.apps/userservice helm $words -r eshop --context kind-eshop
    [ "$status" -eq 1 ]
    says "error: eshop was applied by kubectl"
    called "$K -n eshop get $KINDS -l app.kubernetes.io/part-of=eshop,app.kubernetes.io/managed-by!=Helm -o name"
    [ -z "$(changes)" ]
    setup_sh FAILS="managed-by!=" helm $words -r eshop
    [ "$status" -eq 1 ]
    says "error: kubectl cannot say who has made eshop"
    [ -z "$(changes)" ]
  done
  setup_sh KUBECTLS=service/userservice helm deploy -r eshop
  says "./setup.sh kubectl delete eshop (with its data; --keep-claims keeps it), then ./setup.sh helm deploy -r eshop"
  setup_sh KUBECTLS=service/userservice helm delete -r eshop --keep-claims --context kind-eshop
  says "./setup.sh kubectl delete eshop --keep-claims --context kind-eshop"
}

@test "what helm has deployed is not taken over by kubectl, nor deleted" {
  make_shop
  for words in apply "delete --keep-claims"; do
    : >"$calls"
    setup_sh HELMS=deployment.apps/walletservice kubectl $words wallet
    [ "$status" -eq 1 ]
    says "error: wallet was deployed by Helm"
    called "$K -n wallet get $KINDS -l app.kubernetes.io/part-of=wallet,$BY_HELM -o name"
    [ -z "$(changes)" ]
  done
  says "./setup.sh helm delete -r wallet --keep-claims"
  setup_sh HELMS=deployment.apps/walletservice kubectl apply wallet --random-secrets --context kind-eshop
  says "./setup.sh helm delete -r wallet --context kind-eshop (with its data; --keep-claims keeps it), then \
./setup.sh kubectl apply wallet --random-secrets --context kind-eshop"
}

@test "deleting takes the release, then what is left of its tests, the claims, then the credentials, and says what is left" {
  make_shop
  setup_sh helm delete -r eshop
  [ "$status" -eq 0 ]
  [ "$(changes)" = "$H -n eshop uninstall eshop --ignore-not-found --cascade foreground --wait --timeout 180s
$K -n eshop delete pods,configmaps,networkpolicies -l app.kubernetes.io/part-of=eshop,app.kubernetes.io/component=test $BOUNDS
$K -n eshop delete persistentvolumeclaims -l app.kubernetes.io/part-of=eshop $BOUNDS
$K -n eshop delete secrets -l app.kubernetes.io/part-of=eshop,eshop.com/credentials $BOUNDS" ]
  says "with them its data"
  [ "$output" = "Nothing is left of eshop but its namespace." ]
}

@test "claims that are kept keep the credentials of their database" {
  make_shop
  setup_sh LEFT=$'persistentvolumeclaim/data-postgresql-0\nsecret/postgresql' helm delete -r wallet --keep-claims
  [ "$status" -eq 0 ]
  no_call "delete persistentvolumeclaims"
  no_call "delete secrets"
  grep -Fxq "persistentvolumeclaim/data-postgresql-0" <<<"$output"
  grep -Fxq "secret/postgresql" <<<"$output"
}

@test "a release that cannot be uninstalled ends it before the claims, with what its pods say" {
  make_shop
  setup_sh FAILS=" uninstall " helm delete -r eshop --keep-claims
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  says "Error: this is why"
  says "CrashLoopBackOff"
  says "error: helm cannot delete all of eshop"
  says "./setup.sh helm delete -r eshop --keep-claims"
  no_call " delete "
  setup_sh UNDELETABLE=persistentvolumeclaims helm delete -r eshop
  [ "$status" -eq 1 ]
  says "error: kubectl cannot delete all of eshop"
  says "  ./setup.sh helm delete -r eshop"
  no_call "delete secrets"
}

@test "what is left of a release that helm knows nothing of stops it before the claims, with how to delete that" {
  make_shop
  setup_sh HELMS=service/userservice helm delete -r eshop
  [ "$status" -eq 1 ]
  says "error: helm knows of nothing more of eshop, and some is left"
  says "$K -n eshop delete $KINDS -l app.kubernetes.io/part-of=eshop,$BY_HELM, then ./setup.sh helm delete -r eshop"
  no_call " delete "
}

@test "what is missing or unknown is refused, with a call that is right" {
  make_shop
  for words in deploy delete "deploy eshop" "delete eshop" "deploy -r" "deploy -r shop" "delete -r Eshop" "deploy -r eshop -r wallet" \
    "deploy -r eshop --set" "deploy -r eshop --set --dry-run" "deploy -r eshop --set-string" "deploy -r eshop --set-file" \
    "deploy -r eshop -f" "deploy -r eshop -f -" "deploy -r eshop --keep-claims" "deploy -r eshop --random-secrets" "deploy -r eshop --wait" \
    "delete -r eshop --set a=b" "delete -r eshop -f x" "delete -r eshop --context" "deploy --dry-run"; do
    setup_sh helm $words
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    says "  ./setup.sh helm ${words%% *} -r eshop"
    [ ! -s "$calls" ]
  done
  setup_sh helm deploy -r eshop --set ""
  [ "$status" -eq 2 ]
  says "error: --set takes a value"
  setup_sh helm deploy -r eshop "--set --set-string" a=b
  [ "$status" -eq 2 ]
  says "error: unknown argument: --set --set-string"
  [ ! -s "$calls" ]
}

@test "each can be asked for help" {
  make_shop
  for words in "" deploy delete "deploy -r eshop --set a=b"; do
    setup_sh helm $words -h
    [ "$status" -eq 0 ]
    grep -Fq -- "--set-string" <<<"$output"
    [ ! -s "$calls" ]
  done
}

@test "without helm or kubectl the doctor is named" {
  make_shop
  for tool in kubectl helm; do
    rm "$bin/$tool"
    for words in deploy delete; do
      setup_sh helm "$words" -r eshop
      [ "$status" -eq 1 ]
      says "error: $tool is missing"
      says "./setup.sh doctor"
      [ ! -s "$calls" ]
    done
    [ "$tool" = helm ] || stub kubectl "$(kubectl_stub)"
  done
}

@test "a dry run prints the commands, needs no tool, and calls none" {
  make_shop
  cd "$checkout"
  for tools in there gone; do
    if [ "$tools" = gone ]; then rm "$bin/kubectl" "$bin/helm"; fi
    setup_sh helm deploy -r wallet --set "a=it's" -f "my values.yaml" --context kind-eshop --dry-run
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [ "$output" = "helm dependency update helm/wallet --skip-refresh
$K apply -f ingress/k8s/wallet/namespace.yaml
$H -n wallet upgrade --install wallet helm/wallet --reset-then-reuse-values --set 'a=it'\\''s' -f 'my values.yaml' --timeout 120s \
# by Helm 4 with --server-side=false
$K -n wallet rollout status statefulset/postgresql --timeout=300s
$K -n wallet rollout status deployment/walletservice --timeout=300s
$K -n ingress-nginx rollout status deployment/ingress-nginx-controller --timeout=300s
$H -n wallet get notes wallet" ]
    setup_sh helm delete -r wallet --dry-run --context kind-eshop
    [ "${lines[0]}" = "$H -n wallet uninstall wallet --ignore-not-found --cascade foreground --wait --timeout 180s" ]
    [ "${#lines[@]}" -eq 4 ]
    setup_sh helm delete -r wallet --dry-run --keep-claims
    [ -z "$stderr" ]
    [ "${lines[0]}" = "kubectl config current-context # a name that begins with kind-; every command below says it: \
--context (helm: --kube-context)" ]
    [ "${lines[1]}" = "helm -n wallet uninstall wallet --ignore-not-found --cascade foreground --wait --timeout 180s" ]
    [ "${#lines[@]}" -eq 3 ]
    [ ! -s "$calls" ]
  done
}
