# shellcheck shell=bash
# The credentials of a half of the shop: those in the manifests, which everybody knows, or random ones in their place.
# Random ones are made once, and live as long as the claim of the database that knows them.

WITHOUT_CREDENTIALS='!eshop.com/credentials' # a selector: all but those Secrets
KEPT=""         # whether random ones are there, over which those of the manifests must not be applied
APPLY_REMARK="" # what a dry run says of that

# Decides whose credentials hold, and makes them where they have to be random.
settle_credentials() {
  local other
  other="$(other_part)"
  if is_dry; then
    show_credentials
    return
  fi
  HERE="$(credentials_in "$PART")" || fail_to_look
  THERE="$(credentials_in "$other")" || fail_to_look
  if [ -n "$RANDOM_SECRETS" ]; then
    refuse_known_ones "$other"
    make_random_ones "$other"
  elif [[ "$HERE" == *" random"* ]]; then
    refuse_half_random
  elif [[ "$THERE" == *" random"* ]]; then
    fail 1 "$other has a random token, and $PART must have the same" "./setup.sh kubectl apply $PART --random-secrets"
  elif others_reach_it; then
    fail 1 "everybody knows the credentials in the manifests, and the cluster of $CONTEXT may not be on this machine alone" \
      "./setup.sh kubectl apply $PART --random-secrets --context $CONTEXT"
  else
    return 0
  fi
  KEPT=yes
  compare_tokens "$other"
}

other_part() { if [ "$PART" = eshop ]; then echo wallet; else echo eshop; fi; }
secrets_of() { if [ "$1" = eshop ]; then echo "mongodb paymentservice"; else echo "postgresql walletservice"; fi; }

# Prints a line a Secret: its name, and whether it is random or of development. What Helm was given is as good as random:
# not everybody knows it.
credentials_in() {
  look "$1" get secrets -l eshop.com/credentials \
    -o 'jsonpath={range .items[*]}{.metadata.name} {.metadata.labels.eshop\.com/credentials}{"\n"}{end}' |
    sed 's/ given$/ random/'
}

fail_to_look() { fail 1 "kubectl cannot say which credentials there are, see above" "./setup.sh kubectl status"; }

# Prints nothing where there is none.
token_in() {
  local secrets
  secrets="$(secrets_of "$1")"
  look "$1" get secret "${secrets#* }" --ignore-not-found -o 'go-template={{index .data "internal-token" | base64decode}}'
}

has_random() { grep -Fxq -- "$1 random" <<<"$HERE"; }

# A cluster of kind's is reached from its own machine alone.
others_reach_it() { [ -n "$CONTEXT" ] && [[ "$CONTEXT" != kind-* ]]; }

# Argument: the other half.
refuse_known_ones() {
  local half
  for half in "$PART:$HERE" "$1:$THERE"; do
    if [[ "$half" == *" development"* ]]; then
      half="${half%%:*}"
      fail 1 "$half runs with the credentials that everybody knows, and random ones do not replace them" \
        "./setup.sh kubectl delete $half (with its data), then ./setup.sh kubectl apply $PART --random-secrets"
    fi
  done
}

# As after a first --random-secrets that was cut off.
refuse_half_random() {
  local name
  for name in $(secrets_of "$PART"); do
    if has_random "$name"; then continue; fi
    if [[ "$HERE" == *" development"* ]]; then
      fail 1 "of the credentials of $PART some are random and some are not" \
        "./setup.sh kubectl delete $PART (with its data), then ./setup.sh kubectl apply $PART --random-secrets"
    fi
    fail 1 "of the random credentials of $PART some are missing" "./setup.sh kubectl apply $PART --random-secrets"
  done
  say "the random credentials of $PART stay"
}

# Argument: the other half.
compare_tokens() {
  local here there
  here="$(token_in "$PART")" || fail_to_look
  there="$(token_in "$1")" || fail_to_look
  if [ -n "$there" ] && [ "$here" != "$there" ]; then
    fail 1 "the tokens of eshop and wallet differ, so walletservice would refuse all that paymentservice asks" \
      "./setup.sh kubectl delete $PART (with its data), then ./setup.sh kubectl apply $PART --random-secrets"
  fi
}

show_credentials() {
  if [ -n "$RANDOM_SECRETS" ]; then
    KEPT=yes
    show_random_ones
  elif others_reach_it; then
    KEPT=yes
    APPLY_REMARK="refused where there are no random credentials: --random-secrets"
  else
    APPLY_REMARK="with -l '$WITHOUT_CREDENTIALS' where there are random credentials"
  fi
}
