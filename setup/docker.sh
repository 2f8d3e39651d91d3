# shellcheck shell=bash
# The shop in containers: its images, and the credentials that docker-compose.yaml takes from .env.

BASE_IMAGE=python:3.13-slim
CREDENTIALS=(
  MONGO_ADMIN_PASSWORD MONGO_ESHOP_PASSWORD POSTGRES_OWNER_PASSWORD POSTGRES_APP_PASSWORD INTERNAL_TOKEN REQUEST_HASH_KEY
)

cmd_docker_images() { build_images "${SERVICES[*]}" "$@"; }

cmd_docker() {
  local service="${1:-}"
  if asks_for_help "$service"; then print_help && return; fi
  if [ -z "$service" ] || [[ " ${SERVICES[*]} " != *" $service "* ]]; then
    fail 2 "no such service: ${service:-(none named)}" "./setup.sh docker <one of: ${SERVICES[*]}>"
  fi
  shift
  build_images "$service" "$@"
}

# Arguments: services, in one word; further ones for docker buildx build.
build_images() {
  local service services="$1" version revision
  shift
  if asks_for_help "${1:-}"; then print_help && return; fi
  docker buildx version >/dev/null 2>&1 || fail 1 "docker with buildx is missing" "./setup.sh doctor"
  # Else only the builder would have it, and nobody could tell how much is added to it.
  docker image inspect "$BASE_IMAGE" >/dev/null 2>&1 || docker pull "$BASE_IMAGE" >&2 || true
  version="$(version_of_shop)"
  revision="$(git rev-parse HEAD 2>/dev/null || echo unknown)"
  for service in $services; do
    say "building $service"
    # With a provenance an image is a list, of which kind may miss a part.
    docker buildx build --load --provenance=false --file "$service/Dockerfile" \
      --tag "$service:latest" --tag "$service:$version" --build-arg "VERSION=$version" --build-arg "REVISION=$revision" "$@" . ||
      fail 1 "$service's image cannot be built, see above" "./setup.sh doctor"
  done
  print_sizes "$services" "$version"
}

version_of_shop() { sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml; }

print_sizes() {
  local service size base
  base="$(docker image inspect --format '{{.Size}}' "$BASE_IMAGE" 2>/dev/null || echo 0)"
  for service in $1; do
    size="$(docker image inspect --format '{{.Size}}' "$service:$2")"
    printf '%-16s %4d MB' "$service:$2" "$((size / 1000000))"
    if [ "$base" -gt 0 ]; then printf ', %d MB over %s' "$(((size - base) / 1000000))" "$BASE_IMAGE"; fi
    printf '\n'
  done
}

# What .env says already stays; that others may read it does not.
cmd_docker_env() {
  local name added=0
  if [ ! -e .env ]; then (umask 077 && start_env >.env); fi
  chmod go= .env
  if [ -n "$(tail -c 1 .env)" ]; then echo >>.env; fi
  for name in "${CREDENTIALS[@]}"; do
    if grep -q "^$name=." .env; then continue; fi
    printf '%s=%s\n' "$name" "$(random_word)" >>.env
    added=$((added + 1))
  done
  say "$added random credentials written into .env, which docker compose reads; what stood there stays"
}

start_env() {
  cat <<'END'
# What docker compose puts into docker-compose.yaml. Keep it to yourself: it is not in git.
#
# Ports other than the usual ones, and where they are published, by default on this machine alone:
# USERS_PORT=5000
# PRODUCTS_PORT=5001
# PAYMENTS_PORT=5002
# WALLETS_PORT=5003
# ORDERS_PORT=5004
# MONGO_PORT=2717
# POSTGRES_PORT=5432
# PUBLISH_ADDRESS=127.0.0.1
#
# Credentials: letters and digits only, since they become parts of addresses. A change holds from the next
# `docker compose up -d` on. With another REQUEST_HASH_KEY no Idempotency-Key used before is known again.
END
}

random_word() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
