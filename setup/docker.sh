# shellcheck shell=bash
# The shop in containers: its images, and the credentials that docker-compose.yaml takes from .env.

cmd_docker_images() { build_images "${SERVICES[*]}" "$@"; }

cmd_docker() {
  local service="${1:-}"
  if [ -z "$service" ] || [[ " ${SERVICES[*]} " != *" $service "* ]]; then
    fail 2 "no such service: ${service:-(none named)}" "./setup.sh docker <one of: ${SERVICES[*]}>, or ./setup.sh docker images"
  fi
  shift
  build_images "$service" "$@"
}

cmd_docker_env() { :; }
