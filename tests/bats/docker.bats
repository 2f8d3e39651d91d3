#!/usr/bin/env bats
# Building images and writing credentials, with a docker that only notes how it was called.

bats_require_minimum_version 1.5.0
load fixture

CREDENTIALS="MONGO_ADMIN_PASSWORD MONGO_ESHOP_PASSWORD POSTGRES_OWNER_PASSWORD POSTGRES_APP_PASSWORD INTERNAL_TOKEN REQUEST_HASH_KEY"

# Every image has 100 MB and the base 60, unless the test says otherwise.
docker_stub() {
  link git head tail od tr
  printf '[project]\nname = "eshop"\nversion = "4.5.6"\n' >"$checkout/pyproject.toml"
  stub docker 'echo "docker $*" >>"$CALLS"
case "$*" in
  "buildx version") exit "${NO_BUILDX:-0}" ;;
  "buildx build"*" ${UNBUILDABLE:-nothing}:"*) echo "no such package" >&2; exit 1 ;;
  "image inspect"*" python:3.13-slim") [ -z "${NO_BASE:-}" ] || exit 1; echo 60000000 ;;
  "image inspect"*) echo 100000000 ;;
  info) exit "${NO_ENGINE:-0}" ;;
  "compose version") exit "${NO_COMPOSE:-0}" ;;
esac'
}

built() { # the command line that builds a service's image; further arguments
  called "docker buildx build --load --provenance=false --file $1/Dockerfile --tag $1:latest --tag $1:4.5.6 \
--build-arg VERSION=4.5.6 --build-arg REVISION=unknown${2:+ $2} ."
}

# What stands in .env for a name.
value_of() { sed -n "s/^$1=//p" "$checkout/.env"; }

@test "all five images are built, each under both tags" {
  docker_stub
  setup_sh docker images
  [ "$status" -eq 0 ]
  for service in userservice productservice walletservice orderservice paymentservice; do built "$service"; done
  [ "$(times_called "buildx build")" -eq 5 ]
}

@test "one image is built alone" {
  docker_stub
  setup_sh docker orderservice
  [ "$status" -eq 0 ]
  built orderservice
  [ "$(times_called "buildx build")" -eq 1 ]
}

@test "an image tells the commit that it was built from" {
  docker_stub
  git -C "$checkout" init -q
  git -C "$checkout" -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m first
  setup_sh docker userservice
  called "docker buildx build --load --provenance=false --file userservice/Dockerfile --tag userservice:latest --tag userservice:4.5.6 \
--build-arg VERSION=4.5.6 --build-arg REVISION=$(git -C "$checkout" rev-parse HEAD) ."
}

@test "further arguments go to buildx, one image or all" {
  docker_stub
  setup_sh docker userservice --platform linux/arm64
  built userservice "--platform linux/arm64"
  setup_sh docker images --platform linux/arm64 --no-cache
  for service in userservice productservice walletservice orderservice paymentservice; do
    built "$service" "--platform linux/arm64 --no-cache"
  done
}

@test "the sizes are the result, all else is talk" {
  docker_stub
  setup_sh docker images
  [ "${#lines[@]}" -eq 5 ]
  [ "${lines[0]}" = "userservice:4.5.6  100 MB, 40 MB over python:3.13-slim" ]
  grep -Fq "building paymentservice" <<<"$stderr"
}

@test "the base's own image is fetched where it is missing, and left out of the sizes where it cannot be" {
  docker_stub
  setup_sh docker userservice
  [ "$(times_called "docker pull")" -eq 0 ]
  setup_sh NO_BASE=1 docker userservice
  [ "$status" -eq 0 ]
  called "docker pull python:3.13-slim"
  [ "$output" = "userservice:4.5.6  100 MB" ]
}

@test "a wrong name is answered with the right ones, before anything is built" {
  docker_stub
  for name in mailservice user userservice:latest "userservice walletservice" "" none; do
    if [ "$name" = none ]; then setup_sh docker; else setup_sh docker "$name"; fi
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    for service in userservice productservice walletservice orderservice paymentservice; do
      grep -Fqw "$service" <<<"$stderr"
    done
    [ ! -s "$calls" ]
  done
}

@test "building images can be asked for help" {
  docker_stub
  for words in -h --help "images -h" "images --help" "userservice -h"; do
    setup_sh docker $words
    [ "$status" -eq 0 ]
    grep -Fq "docker images" <<<"$output"
    [ ! -s "$calls" ]
  done
}

@test "without buildx nothing is built, and the doctor is named" {
  docker_stub
  setup_sh NO_BUILDX=1 docker images
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  grep -Fq "docker with buildx is missing" <<<"$stderr"
  grep -Fq "./setup.sh doctor" <<<"$stderr"
  [ "$(times_called "buildx build")" -eq 0 ]
}

@test "without docker nothing is built, and the doctor is named" {
  docker_stub
  rm "$bin/docker"
  setup_sh docker userservice
  [ "$status" -eq 1 ]
  grep -Fq "./setup.sh doctor" <<<"$stderr"
}

@test "the first image that cannot be built ends it, with what buildx said" {
  docker_stub
  setup_sh UNBUILDABLE=walletservice docker images
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  grep -Fq "no such package" <<<"$stderr"
  grep -Fq "error: walletservice's image cannot be built" <<<"$stderr"
  [ "$(times_called "buildx build")" -eq 3 ]
}

@test "env writes six random credentials of letters and digits, for the user's eyes alone" {
  docker_stub
  setup_sh docker env
  [ "$status" -eq 0 ]
  [ -z "$output" ]
  [ "$(find "$checkout/.env" -perm 600)" = "$checkout/.env" ]
  [ "$(grep -c '^[^#]' "$checkout/.env")" -eq 6 ]
  for name in $CREDENTIALS; do [[ "$(value_of "$name")" =~ ^[0-9a-z]{48}$ ]]; done
  [ "$(grep '^[^#]' "$checkout/.env" | sed 's/.*=//' | sort -u | wc -l)" -eq 6 ]
}

@test "no two shops get the same credentials" {
  docker_stub
  setup_sh docker env
  first="$(value_of INTERNAL_TOKEN)"
  rm "$checkout/.env"
  setup_sh docker env
  [ "$first" != "$(value_of INTERNAL_TOKEN)" ]
}

@test "env, asked again, changes nothing" {
  docker_stub
  setup_sh docker env
  cp -p "$checkout/.env" "$BATS_TEST_TMPDIR/before"
  setup_sh docker env
  [ "$status" -eq 0 ]
  grep -Fq "0 random credentials" <<<"$stderr"
  cmp "$checkout/.env" "$BATS_TEST_TMPDIR/before"
}

@test "what stands in .env stays: a credential, a port, a last line without its end" {
  docker_stub
  printf 'INTERNAL_TOKEN=mine, and mine alone\nUSERS_PORT=6000' >"$checkout/.env"
  setup_sh docker env
  [ "$status" -eq 0 ]
  [ "$(value_of INTERNAL_TOKEN)" = "mine, and mine alone" ]
  [ "$(value_of USERS_PORT)" = 6000 ]
  for name in $CREDENTIALS; do [ "$(grep -c "^$name=" "$checkout/.env")" -eq 1 ]; done
  grep -Fq "5 random credentials" <<<"$stderr"
}

@test "an .env that others may read is kept to its user once it holds credentials" {
  docker_stub
  echo USERS_PORT=6000 >"$checkout/.env"
  chmod 644 "$checkout/.env"
  setup_sh docker env
  [ "$(find "$checkout/.env" -perm 600)" = "$checkout/.env" ]
}

@test "a credential that is only talked about, or is another's beginning, is written" {
  docker_stub
  printf '# INTERNAL_TOKEN=example\nMY_INTERNAL_TOKEN=x\nINTERNAL_TOKEN_2=y\n' >"$checkout/.env"
  setup_sh docker env
  [[ "$(value_of INTERNAL_TOKEN)" =~ ^[0-9a-z]{48}$ ]]
}

@test "env takes no arguments" {
  docker_stub
  setup_sh docker env --force
  [ "$status" -eq 2 ]
  [ ! -e "$checkout/.env" ]
}

@test "the tests in containers need an engine and compose, and say so" {
  docker_stub
  for lack in "NO_ENGINE=1 no docker engine answers" "NO_COMPOSE=1 docker compose is missing"; do
    setup_sh "${lack%% *}" test docker
    [ "$status" -eq 1 ]
    grep -Fq "error: ${lack#* }" <<<"$stderr"
    grep -Fq "./setup.sh doctor" <<<"$stderr"
    [ "$(times_called pytest)" -eq 0 ]
  done
}

@test "the tests in containers are their own and those of the running shop" {
  docker_stub
  setup_sh test docker -x
  [ "$status" -eq 0 ]
  [ -z "$output" ]
  [ "$(times_called "buildx build")" -eq 5 ]
  called "-m pytest tests/docker tests/blackbox tests/faults/test_faults.py --shop=compose -x"
}

@test "a credential that is empty in .env, which means the one that everybody knows, gets a random one" {
  docker_stub
  echo "INTERNAL_TOKEN=" >"$checkout/.env"
  setup_sh docker env
  [ "$status" -eq 0 ]
  [ -n "$(value_of INTERNAL_TOKEN | tail -n 1)" ]
}
