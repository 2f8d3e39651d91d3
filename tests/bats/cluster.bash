# What the commands for Kubernetes find: manifests that say little, and a docker, a kind, a kubectl and a helm that note how
# they were called and answer as the test says.

make_shop() {
  link sleep sort tail tr od head mktemp rm
  secrets_made="$BATS_TEST_TMPDIR/secrets"
  : >"$secrets_made"
  printf '[project]\nversion = "4.5.6"\n' >"$checkout/pyproject.toml"
  mkdir -p "$checkout"/ingress/k8s/{controller,eshop,wallet}
  for component in mongodb postgresql userservice productservice orderservice walletservice paymentservice; do
    mkdir -p "$checkout/$component/k8s"
  done
  manifest_of nginx/nginx-ingress:9.9 >"$checkout/ingress/k8s/controller/deployment.yaml"
  manifest_of mongo:7.7 >"$checkout/mongodb/k8s/statefulset.yaml"
  manifest_of postgres:16.6 >"$checkout/postgresql/k8s/statefulset.yaml"
  secret_of eshop-password admin-password >"$checkout/mongodb/k8s/secret.yaml"
  secret_of internal-token request-hash-key >"$checkout/paymentservice/k8s/secret.yaml"
  secret_of owner-password app-password >"$checkout/postgresql/k8s/secret.yaml"
  secret_of internal-token request-hash-key >"$checkout/walletservice/k8s/secret.yaml"
  stub docker "$(docker_stub)"
  stub kind "$(kind_stub)"
  stub kubectl "$(kubectl_stub)"
  stub helm "$(helm_stub)"
}

manifest_of() { printf 'kind: StatefulSet\nspec:\n  containers:\n    - name: main\n      image: %s # pinned\n' "$1"; }

secret_of() {
  printf '# Everybody knows these.\nkind: Secret\nmetadata:\n  labels:\n    eshop.com/credentials: development\ndata:\n'
  printf '  %s: a25vd24= # what it is for\n' "$@"
}

docker_stub() {
  cat <<'END'
echo "docker $*" >>"$CALLS"
case "$*" in
  info) exit "${NO_ENGINE:-0}" ;;
  "image inspect ${NOT_HELD:-none}"*) exit 1 ;;
  "version --format {{.Server.Arch}}") echo arm64 ;;
  "image save --platform linux/arm64 -o "*) echo layers >"$6"
    case "$*" in *"${UNSAVABLE:-none}"*) echo "unknown flag: --platform" >&2; exit 1 ;; esac ;;
esac
END
}

kind_stub() {
  cat <<'END'
echo "kind $*" >>"$CALLS"
case "$*" in
  "get clusters") [ -z "${NO_ENGINE:-}" ] || { echo "cannot connect" >&2; exit 1; }
    printf '%s\n' ${CLUSTERS:-other} ;;
  "create cluster"*) exit "${CANNOT_CREATE:-0}" ;;
  "export kubeconfig"*) exit "${STOPPED:-0}" ;;
  "load docker-image"*"${UNLOADABLE:-none}"*) echo "content digest not found" >&2; exit 1 ;;
  "load image-archive"*) [ -s "${*: -1}" ] && exit "${NO_ARCHIVE:-0}" ;;
esac
END
}

kubectl_stub() {
  cat <<'END'
echo "kubectl $*" >>"$CALLS"
case "$*" in
  *"${FAILS:-none of them}"*) exit 1 ;;
  "config current-context") [ -z "${NO_CONTEXT:-}" ] || exit 1; echo "${CURRENT:-kind-eshop}" ;;
  *"get --raw /readyz") exit "${DEAD:-0}" ;;
  *"-n eshop get secrets"*) printf '%s' "${ESHOP_HAS:-}" ;;
  *"-n wallet get secrets"*) printf '%s' "${WALLET_HAS:-}" ;;
  *"get secret paymentservice"*) printf '%s' "${ESHOP_TOKEN:-}" ;;
  *"get secret walletservice"*) printf '%s' "${WALLET_TOKEN:-}" ;;
  *"get persistentvolumeclaims -l"*) printf '%s' "${CLAIMS:-}" ;;
  *"managed-by=Helm -o name") printf '%s' "${HELMS:-}" ;;
  *"managed-by!=Helm -o name") printf '%s' "${KUBECTLS:-}" ;;
  *"get statefulsets,deployments -l"*) printf '%s\n' ${RELEASED-statefulset.apps/mongodb deployment.apps/userservice} ;;
  *",persistentvolumeclaims -l"*) printf '%s' "${LEFT:-}" ;;
  *"create --request-timeout="*" -f -") cat >>"${CALLS%/*}/secrets" ;;
  *"rollout status ${STUCK:-none}"*) exit 1 ;;
  *" delete ${UNDELETABLE:-none} "*) exit 1 ;;
  *"-n ingress-nginx get deployment"*) [ -n "${NO_GATE:-}" ] || echo deployment.apps/ingress-nginx-controller ;;
  *"get pods -o wide") echo "NAME web-1 0/1 CrashLoopBackOff" ;;
  *"get events"*) echo "Back-off restarting failed container" ;;
  *"get pods -o go-template"*) echo "web-1 main" ;;
  *"logs web-1 -c main"*) echo "no such variable" ;;
  *"get ingresses --all-namespaces"*) printf '%s' "${URLS-https://users.eshop.com:8443/users}" ;;
esac
END
}

# An upgrade talks too early, and of links; its complaint counts.
helm_stub() {
  cat <<'END'
echo "helm $*" >>"$CALLS"
case "$*" in
  *"${FAILS:-none of them}"*) echo "Error: this is why" >&2; exit 1 ;;
  "version --short") echo "${HELM_VERSION:-v3.16.1}" ;;
  *" list "*) printf '%s\n' "${RELEASES:-[]}" ;;
  *" upgrade "*) echo "NOTES: too early"; echo "found symbolic link in path: visit.py" >&2
    echo "W1126 would violate PodSecurity" >&2 ;;
  *" get notes "*) printf 'NOTES:\nit answers\n' ;;
esac
END
}

says() { grep -Fq -- "$1" <<<"$stderr"; }
no_call() { [ "$(grep -Fc -- "$1" "$calls")" -eq 0 ]; }

# The line on which a call was made.
position_of() { grep -Fn -- "$1" "$calls" | head -n 1 | cut -d : -f 1; }
