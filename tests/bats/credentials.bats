#!/usr/bin/env bats
# Whose credentials the halves of the shop get, and how long they last, with a kubectl that only notes how it was called.

bats_require_minimum_version 1.5.0
load fixture
load cluster

KNOWN_ESHOP=$'mongodb development\npaymentservice development\n'
RANDOM_ESHOP=$'mongodb random\npaymentservice random\n'
KNOWN_WALLET=$'postgresql development\nwalletservice development\n'
RANDOM_WALLET=$'postgresql random\nwalletservice random\n'
REFUSED="refused where there are no random credentials: --random-secrets"

# The value that a Secret which was made has for a key.
made() { sed -n "s/^  $1: \"\(.*\)\"$/\1/p" "$secrets_made"; }
with_those_of_the_manifests() { grep -q "apply -f ingress" "$calls"; }
without_them() { [ "$(grep -c "apply -l !eshop.com/credentials -f ingress" "$calls")" -eq 1 ]; }

@test "random credentials are letters and digits, one for each key, under the label that says so" {
  make_shop
  setup_sh kubectl apply eshop --random-secrets
  [ "$status" -eq 0 ]
  for key in admin-password eshop-password internal-token request-hash-key; do [[ "$(made "$key")" =~ ^[0-9a-z]{48}$ ]]; done
  [ "$(sed -n 's/^  [a-z-]*: "//p' "$secrets_made" | sort -u | wc -l)" -eq 4 ]
  [ "$(grep -Fc "eshop.com/credentials: random" "$secrets_made")" -eq 2 ]
  run ! grep -E "development|a25vd24|^data:|#" "$secrets_made"
  without_them
}

@test "the Secrets are there before anything that refers to them, and the namespace before them" {
  make_shop
  setup_sh kubectl apply eshop --random-secrets
  namespace="$(position_of "apply -f ingress/k8s/eshop/namespace.yaml")"
  [ "$namespace" -lt "$(position_of " create ")" ]
  [ "$(position_of " create ")" -lt "$(position_of "apply -l")" ]
}

@test "no credential is in the arguments of a process, nor said" {
  make_shop
  setup_sh WALLET_HAS="$RANDOM_WALLET" WALLET_TOKEN=abc123 ESHOP_TOKEN=abc123 kubectl apply eshop --random-secrets
  [ "$status" -eq 0 ]
  for value in $(made internal-token) $(made admin-password) $(made request-hash-key); do
    no_call "$value"
    run ! grep -Fq "$value" <<<"$output$stderr"
  done
}

@test "no line of the real manifests keeps what everybody knows" {
  make_shop
  for part in "eshop mongodb paymentservice" "wallet postgresql walletservice"; do
    for name in ${part#* }; do cp "${SETUP%setup.sh}$name/k8s/secret.yaml" "$checkout/$name/k8s/secret.yaml"; done
    : >"$secrets_made"
    setup_sh kubectl apply "${part%% *}" --random-secrets
    [ "$status" -eq 0 ]
    [ "$(grep -Fc "eshop.com/credentials: random" "$secrets_made")" -eq 2 ]
    [ "$(grep -Ec '^  [a-z-]+: "[0-9a-z]{48}"$' "$secrets_made")" -ge 4 ]
    run ! grep -E "development|DEVELOPMENT|ZGV2ZWxv" "$secrets_made"
    for name in ${part#* }; do grep -Fxq "  name: $name" "$secrets_made"; done
  done
}

@test "a line that is not understood is not passed on as a credential" {
  make_shop
  printf '    strange: a25vd24=\n' >>"$checkout/mongodb/k8s/secret.yaml"
  setup_sh kubectl apply eshop --random-secrets
  [ "$status" -eq 1 ]
  says "mongodb/k8s/secret.yaml"
  no_call " create "
}

@test "without random words there are no credentials" {
  make_shop
  rm "$bin/od"
  setup_sh kubectl apply eshop --random-secrets
  [ "$status" -eq 1 ]
  says "no random words"
  no_call " create "
}

@test "the token is the other half's, whichever was first" {
  make_shop
  setup_sh WALLET_HAS="$RANDOM_WALLET" WALLET_TOKEN=abc123 ESHOP_TOKEN=abc123 kubectl apply eshop --random-secrets
  [ "$status" -eq 0 ]
  [ "$(made internal-token)" = abc123 ]
  : >"$secrets_made"
  setup_sh ESHOP_HAS="$RANDOM_ESHOP" ESHOP_TOKEN=def456 WALLET_TOKEN=def456 kubectl apply wallet --random-secrets
  [ "$status" -eq 0 ]
  [ "$(made internal-token)" = def456 ]
}

@test "random credentials stay, asked for again or not" {
  make_shop
  for option in "" --random-secrets; do
    : >"$calls"
    setup_sh ESHOP_HAS="$RANDOM_ESHOP" CLAIMS=persistentvolumeclaim/data kubectl apply eshop $option
    [ "$status" -eq 0 ]
    says "stay"
    without_them
    no_call " create "
  done
}

@test "credentials that Helm was given stay as random ones do, on either side" {
  make_shop
  setup_sh ESHOP_HAS=$'mongodb given\npaymentservice random\n' kubectl apply eshop
  [ "$status" -eq 0 ]
  says "stay"
  without_them
  setup_sh ESHOP_HAS=$'mongodb given\npaymentservice given\n' kubectl apply eshop --random-secrets
  [ "$status" -eq 0 ]
  no_call " create "
  setup_sh WALLET_HAS=$'postgresql given\nwalletservice given\n' kubectl apply eshop
  [ "$status" -eq 1 ]
  says "./setup.sh kubectl apply eshop --random-secrets"
}

@test "credentials that everybody knows are applied again" {
  make_shop
  setup_sh ESHOP_HAS="$KNOWN_ESHOP" WALLET_HAS="$KNOWN_WALLET" CLAIMS=persistentvolumeclaim/data kubectl apply eshop
  [ "$status" -eq 0 ]
  with_those_of_the_manifests
}

@test "random ones do not replace those that everybody knows, on either side" {
  make_shop
  setup_sh ESHOP_HAS="$KNOWN_ESHOP" kubectl apply eshop --random-secrets
  [ "$status" -eq 1 ]
  says "./setup.sh kubectl delete eshop"
  setup_sh WALLET_HAS="$KNOWN_WALLET" kubectl apply eshop --random-secrets
  [ "$status" -eq 1 ]
  says "./setup.sh kubectl delete wallet"
  no_call " create "
  no_call " apply "
}

@test "a half with the token that everybody knows does not come beside one with a random token" {
  make_shop
  setup_sh WALLET_HAS="$RANDOM_WALLET" kubectl apply eshop
  [ "$status" -eq 1 ]
  says "./setup.sh kubectl apply eshop --random-secrets"
  no_call " apply "
}

@test "a cluster that others may reach does not get what everybody knows, unless random ones are there already" {
  make_shop
  for known in "" "$KNOWN_ESHOP"; do
    setup_sh ESHOP_HAS="$known" kubectl apply eshop --context production
    [ "$status" -eq 1 ]
    [ -z "$output" ]
    says "everybody knows the credentials in the manifests"
    says "./setup.sh kubectl apply eshop --random-secrets --context production"
    no_call " apply "
  done
  setup_sh kubectl apply eshop --context kind-other
  [ "$status" -eq 0 ]
  with_those_of_the_manifests
  : >"$calls"
  setup_sh ESHOP_HAS="$RANDOM_ESHOP" kubectl apply eshop --context production
  [ "$status" -eq 0 ]
  without_them
  : >"$calls"
  setup_sh kubectl apply eshop --random-secrets --context production
  [ "$status" -eq 0 ]
  without_them
}

@test "a first run that was cut off is gone on with, and not mixed" {
  make_shop
  setup_sh ESHOP_HAS=$'mongodb random\n' kubectl apply eshop
  [ "$status" -eq 1 ]
  says "some are missing"
  says "./setup.sh kubectl apply eshop --random-secrets"
  no_call " apply "
  setup_sh ESHOP_HAS=$'mongodb random\n' kubectl apply eshop --random-secrets
  [ "$status" -eq 0 ]
  [ -n "$(made internal-token)" ]
  [ -z "$(made admin-password)" ]
  without_them
}

@test "credentials of both sorts are refused, and so is what would go on with them" {
  make_shop
  for option in "" --random-secrets; do
    setup_sh ESHOP_HAS=$'mongodb random\npaymentservice development\n' kubectl apply eshop $option
    [ "$status" -eq 1 ]
    says "./setup.sh kubectl delete eshop"
    no_call " apply "
  done
}

@test "data whose credentials are gone gets no random ones" {
  make_shop
  setup_sh CLAIMS=persistentvolumeclaim/data-mongodb-0 kubectl apply eshop --random-secrets
  [ "$status" -eq 1 ]
  says "persistentvolumeclaim/data-mongodb-0"
  says "./setup.sh kubectl delete eshop"
  no_call " create "
}

@test "tokens that differ are found before they are applied" {
  make_shop
  setup_sh ESHOP_HAS="$RANDOM_ESHOP" WALLET_HAS="$RANDOM_WALLET" ESHOP_TOKEN=one WALLET_TOKEN=other kubectl apply eshop
  [ "$status" -eq 1 ]
  says "the tokens of eshop and wallet differ"
  no_call " apply "
}

@test "a cluster that does not say which credentials there are gets none" {
  make_shop
  stub kubectl 'echo "kubectl $*" >>"$CALLS"
case "$*" in
  *config*) echo kind-eshop ;;
  *"get secret${NO_ANSWER:-s}"*) exit 1 ;;
  *"-n wallet get secrets"*) echo "walletservice random" ;;
esac'
  for option in "" --random-secrets; do
    setup_sh kubectl apply eshop $option
    [ "$status" -eq 1 ]
    says "kubectl cannot say which credentials there are"
  done
  setup_sh NO_ANSWER=" walletservice" kubectl apply eshop --random-secrets
  [ "$status" -eq 1 ]
  says "kubectl cannot say which credentials there are"
  no_call " create "
}

@test "a dry run shows the keys, and no value" {
  make_shop
  setup_sh kubectl apply eshop --random-secrets --dry-run --context kind-eshop
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "kubectl --context kind-eshop apply -f ingress/k8s/eshop/namespace.yaml" ]
  [ "${lines[1]}" = "kubectl --context kind-eshop create -f - # unless it exists, the Secret mongodb:\
 eshop-password=<random> admin-password=<random>" ]
  [[ "${lines[2]}" == *"the Secret paymentservice: internal-token=<"* ]]
  [[ "${lines[3]}" == "kubectl --context kind-eshop apply -l '!eshop.com/credentials' -f ingress/k8s/eshop/namespace.yaml "* ]]
  [ ! -s "$calls" ]
}

@test "a dry run for a cluster that others may reach says what it takes" {
  make_shop
  setup_sh kubectl apply wallet --dry-run --context production
  [ "$status" -eq 0 ]
  [[ "${lines[0]}" == "kubectl --context production apply -l '!eshop.com/credentials' -f "*" # $REFUSED" ]]
  setup_sh kubectl apply wallet --dry-run --random-secrets --context production
  run ! grep -F "$REFUSED" <<<"$output"
  [ ! -s "$calls" ]
}
