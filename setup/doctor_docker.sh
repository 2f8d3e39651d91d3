# shellcheck shell=bash
# What the doctor asks of Docker and of what runs on top of it.

GET_DOCKER="install it: https://docs.docker.com/get-docker/"
GET_COMPOSE="install it: https://docs.docker.com/compose/install/"
GET_BUILDX="install it: https://github.com/docker/buildx#installing"
GET_KIND="install it: https://kind.sigs.k8s.io/docs/user/quick-start/#installation"
GET_KUBECTL="install it: https://kubernetes.io/docs/tasks/tools/"
GET_HELM="install it: https://helm.sh/docs/intro/install/"

DAEMON_ANSWERS=""

# Docker answers for all of them, so without it the others are not asked.
check_docker() {
  if ! is_there docker; then
    miss "compose kind helm" "docker is missing" "$GET_DOCKER"
    return
  fi
  check_daemon
  check_compose
  check_buildx
}

check_kind() {
  check_version kind 0.24 "kind helm" "$GET_KIND" kind version
  check_version kubectl 1.30 "kind helm" "$GET_KUBECTL" kubectl version --client
  check_version helm 3.16 helm "$GET_HELM" helm version --short
}

# By `docker version`: without a daemon, `docker info` of some versions ends well, and of others says nothing of the cause.
check_daemon() {
  local said code=0
  said="$(limited "$ANSWER_SECONDS" docker version --format '{{.Server.Version}}' 2>&1)" || code=$?
  if [ "$code" -eq 124 ]; then
    miss "compose kind helm" "docker's daemon does not answer within $ANSWER_SECONDS seconds" "restart Docker, then ask again"
  elif [[ "$said" == *"permission denied"* ]]; then
    miss "compose kind helm" "docker's daemon does not let you in" \
      "sudo usermod -aG docker \"\$USER\", then log out and in again"
  elif [ "$code" -ne 0 ]; then
    miss "compose kind helm" "docker's daemon is not running" "$(how_to_start_docker)"
  else
    DAEMON_ANSWERS=yes
    fine "docker $said, its daemon answers"
    check_room_of_docker
  fi
}

how_to_start_docker() {
  case "$SYSTEM" in
    Linux) echo "sudo systemctl start docker (or: sudo service docker start)" ;;
    *) echo "start Docker Desktop" ;;
  esac
}

# On Linux its memory is the machine's. Elsewhere it has a part of it, and its folder is not to be seen from here.
check_room_of_docker() {
  local said memory folder
  said="$(limited "$ANSWER_SECONDS" docker info --format '{{.MemTotal}};{{.DockerRootDir}}' 2>/dev/null)" || return 0
  IFS=';' read -r memory folder <<<"$said"
  if [ "$SYSTEM" != Linux ]; then judge_memory "memory for docker" "$memory" "give it more: Docker Desktop, Settings, Resources"; fi
  if [ ! -d "$folder" ]; then folder=.; fi
  check_disk "$folder" "docker" 5 10 # the node of a cluster holds all images again
}

# `docker compose` and the word docker-compose are the same program, of which one may be there, or both, or an old one.
check_compose() {
  local plugin word=""
  plugin="$(version_said docker compose version --short)"
  if is_there docker-compose; then word="$(version_said docker-compose version --short)"; fi
  if [ -n "$plugin" ] && is_at_least "$plugin" 2.20; then
    if [ -n "$word" ] && is_at_least "$word" 2.20; then
      fine "docker compose $plugin"
    else
      fine "docker compose $plugin; where you read docker-compose, type docker compose"
    fi
  elif [ -n "$word" ] && is_at_least "$word" 2.20; then
    fine "docker-compose $word; where you read docker compose, type docker-compose"
  elif [ -n "$plugin" ]; then
    miss compose "docker compose $plugin is older than 2.20" "$GET_COMPOSE"
  elif [ -n "$word" ]; then
    miss compose "docker-compose $word is older than 2.20" "$GET_COMPOSE"
  else
    miss compose "docker compose is missing" "$GET_COMPOSE"
  fi
}

check_buildx() {
  local version
  version="$(version_said docker buildx version)"
  if [ -n "$version" ]; then
    fine "docker buildx $version"
  else
    miss "compose kind helm" "docker buildx, which builds the images, is missing" "$GET_BUILDX"
  fi
}
