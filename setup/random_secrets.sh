# shellcheck shell=bash
# Making the Secrets of a half of the shop with random credentials. None of these is ever in a file or in a process's
# arguments: they go through pipes alone, and through no here-string, which bash before 5.1 keeps in a file.

# Argument: the other half.
make_random_ones() {
  local name token manifest
  run 120 "${IN_CLUSTER[@]}" apply -f "ingress/k8s/$PART/namespace.yaml" ||
    fail 1 "kubectl cannot make the namespace, see above" "./setup.sh kubectl apply $PART --random-secrets"
  token="$(token_in "$1")" || fail_to_look
  token="${token:-$(random_word || true)}"
  for name in $(secrets_of "$PART"); do
    if has_random "$name"; then
      say "the random credentials in the Secret $name stay"
      continue
    fi
    refuse_claims
    step "making the Secret $name with random credentials"
    manifest="$(random_secret "$name/k8s/secret.yaml" "$token")"
    # Its own limit, as it reads the pipe.
    printf '%s\n' "$manifest" | "${IN_CLUSTER[@]}" create "--request-timeout=${LOOK_SECONDS}s" -f - >&2 ||
      fail 1 "kubectl cannot make the Secret $name, see above" "./setup.sh kubectl apply $PART --random-secrets"
  done
}

# Data whose credentials are gone: made by us it would have them.
refuse_claims() {
  local claims
  claims="$(look "$PART" get persistentvolumeclaims -l "app.kubernetes.io/part-of=$PART" -o name)" || fail_to_look
  if [ -z "$claims" ]; then return 0; fi
  fail 1 "$PART has data of an earlier shop ($claims), but not the credentials that belong to it" \
    "./setup.sh kubectl delete $PART (with its data), then ./setup.sh kubectl apply $PART --random-secrets"
}

# Arguments: a manifest; the token. Prints it with a random word in the place of each value.
random_secret() {
  local line section="" word
  while IFS= read -r line; do
    case "$section:$line" in
      *:\#*) continue ;;
      *:data:*) section=data line="stringData:" ;;
      data:\ \ [a-z]*:\ *)
        line="${line%%:*}" word="$(random_word)"
        if [ "$line" = "  internal-token" ]; then word="$2"; fi
        [ -n "$word" ] || fail 1 "there are no random words to be had" "od -An -N24 -tx1 /dev/urandom has to work"
        line="$line: \"$word\""
        ;;
      data:*) fail 1 "$1 has a line among its data that is none" "git diff $1" ;;
    esac
    printf '%s\n' "${line/credentials: development/credentials: random}"
  done <"$1"
}

show_random_ones() {
  local name keys
  print_command "" "${IN_CLUSTER[@]}" apply -f "ingress/k8s/$PART/namespace.yaml"
  for name in $(secrets_of "$PART"); do
    keys="$(sed -n '/^data:/,$s/^  \([a-z-]*\): .*/ \1=<random>/p' "$name/k8s/secret.yaml" | tr -d '\n')"
    print_command "unless it exists, the Secret $name:$keys" "${IN_CLUSTER[@]}" create -f -
  done
}
