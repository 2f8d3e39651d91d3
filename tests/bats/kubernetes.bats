#!/usr/bin/env bats
# Making and deleting a cluster and handing it images, with a docker, a kind and a kubectl that only note how they were called.

bats_require_minimum_version 1.5.0
load fixture
load cluster

APPLIED="kubectl --context kind-eshop apply -f ingress/k8s/eshop/namespace.yaml -f ingress/k8s/wallet/namespace.yaml \
-f ingress/k8s/controller/namespace.yaml -f ingress/k8s/controller"
WAITED="kubectl --context kind-eshop -n ingress-nginx rollout status deployment/ingress-nginx-controller --timeout=180s"
OWN="userservice:4.5.6 productservice:4.5.6 walletservice:4.5.6 orderservice:4.5.6 paymentservice:4.5.6"
ROUND="where kind fails: docker image save --platform linux/<the engine's> -o <file>, kind load image-archive <file>"

@test "a cluster is made, gets the controller and the namespaces, and the next commands are the result" {
  make_shop
  setup_sh kubernetes kind -n eshop
  [ "$status" -eq 0 ]
  called "kind create cluster --name eshop --wait 120s"
  called "kind load docker-image --name eshop nginx/nginx-ingress:9.9"
  called "$APPLIED"
  called "$WAITED"
  no_call "kind export"
  grep -Fq "kind-eshop" <<<"${lines[0]}"
  grep -Fq "./setup.sh load images -k eshop" <<<"$output"
  grep -Fq "./setup.sh kubectl apply eshop" <<<"$output"
  grep -Fq "./setup.sh helm deploy -r eshop" <<<"$output"
}

@test "the image of the node can be another" {
  make_shop
  setup_sh KIND_NODE_IMAGE=kindest/node:v9 kubernetes kind -n eshop
  called "kind create cluster --name eshop --image kindest/node:v9 --wait 120s"
}

@test "a cluster that exists is brought to the same state" {
  make_shop
  setup_sh CLUSTERS="eshop other" kubernetes kind -n eshop
  [ "$status" -eq 0 ]
  called "kind export kubeconfig --name eshop"
  called "$APPLIED"
  called "$WAITED"
  no_call "kind create"
}

@test "a name that is only a part of another's is no cluster" {
  make_shop
  setup_sh CLUSTERS="eshop2 my-eshop" kubernetes kind -n eshop
  called "kind create cluster --name eshop --wait 120s"
}

@test "a cluster whose container was stopped is told from one that is not there" {
  make_shop
  setup_sh CLUSTERS=eshop STOPPED=1 kubernetes kind -n eshop
  [ "$status" -eq 1 ]
  says "docker start eshop-control-plane"
  no_call " apply "
}

@test "a cluster that cannot be made ends it, with what to do" {
  make_shop
  setup_sh CANNOT_CREATE=1 kubernetes kind -n eshop
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  says "./setup.sh kubernetes delete -n eshop"
  no_call " apply "
}

# What kind can be given of images: from docker itself, or those of one processor in a file.
CANNOT_FROM_DOCKER="kind cannot take over what docker holds, see above; it is tried with a file"
by_file() { # which images; notes the file's name
  file="$(sed -n "s/^docker image save --platform linux.arm64 -o \(.*\.tar\) $1$/\1/p" "$calls")"
  [ -n "$file" ] && called "kind load image-archive --name eshop $file"
}
make_room() {
  room="$BATS_TEST_TMPDIR/room"
  mkdir "$room"
}
nothing_is_left() { [ -z "$(ls -A "$room")" ]; }

@test "a controller's image that is not here, or cannot be handed over, is left to the cluster" {
  make_shop
  setup_sh NOT_HELD=nginx kubernetes kind -n eshop
  [ "$status" -eq 0 ]
  says "nginx/nginx-ingress:9.9 is not on this machine: the cluster pulls it"
  no_call "kind load"
  setup_sh UNLOADABLE=nginx NO_ARCHIVE=1 kubernetes kind -n eshop
  [ "$status" -eq 0 ]
  says "content digest not found"
  says "$CANNOT_FROM_DOCKER"
  says "kind cannot hand nginx/nginx-ingress:9.9 over, see above: the cluster pulls it"
}

@test "a controller that does not get ready ends it, with what its pods say" {
  make_shop
  setup_sh STUCK=deployment/ingress kubernetes kind -n eshop
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  says "CrashLoopBackOff"
  says "Back-off restarting"
  says "no such variable"
  says "error: the ingress controller does not get ready"
}

@test "an engine that does not answer is no missing cluster" {
  make_shop
  for words in "kubernetes kind" "kubernetes delete" "load images"; do
    setup_sh NO_ENGINE=1 $words -n eshop
    [ "$status" -eq 1 ]
    says "kind cannot say which clusters there are"
    says "./setup.sh doctor"
    no_call "kind create"
  done
}

@test "a name that no host can have is refused before anything is done" {
  make_shop
  for name in Eshop e_shop "my shop" -x .x x. x/y "$(printf 'x%.0s' {1..50})" ""; do
    for words in "kubernetes kind" "kubernetes delete" "load images"; do
      setup_sh $words -n "$name"
      [ "$status" -eq 2 ]
      says "./setup.sh $words -"
      [ ! -s "$calls" ]
    done
  done
  setup_sh kubernetes kind -n "$(printf 'x%.0s' {1..49})"
  [ "$status" -eq 0 ]
}

@test "what is missing or unknown is refused, with a call that is right" {
  make_shop
  for words in "kubernetes kind" "kubernetes kind -n" "kubernetes kind eshop" "kubernetes kind -n eshop --force" \
    "kubernetes delete" "kubernetes delete -k eshop" "load images" "load images eshop" "load images -k"; do
    setup_sh $words
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    says "./setup.sh ${words:0:11}"
    [ ! -s "$calls" ]
  done
}

@test "each can be asked for help" {
  make_shop
  for words in kubernetes "kubernetes kind" "kubernetes delete" load "load images"; do
    setup_sh $words -h
    [ "$status" -eq 0 ]
    grep -Fq "kubernetes kind -n" <<<"$output"
    [ ! -s "$calls" ]
  done
}

@test "a cluster is deleted; one that is not there is no error" {
  make_shop
  setup_sh CLUSTERS=eshop kubernetes delete -n eshop
  [ "$status" -eq 0 ]
  called "kind delete cluster --name eshop"
  run ! says "there is no cluster"
  setup_sh kubernetes delete -n eshop
  [ "$status" -eq 0 ]
  says "there is no cluster eshop"
}

@test "the services' images are handed over at once, and the databases' one by one" {
  make_shop
  for option in -k -n; do
    : >"$calls"
    setup_sh CLUSTERS=eshop load images "$option" eshop
    [ "$status" -eq 0 ]
    called "kind load docker-image --name eshop $OWN"
    called "kind load docker-image --name eshop mongo:7.7"
    called "kind load docker-image --name eshop postgres:16.6"
    [ "$(times_called "kind load")" -eq 3 ]
  done
}

@test "a service's image that is not built ends it before anything is handed over" {
  make_shop
  setup_sh CLUSTERS=eshop NOT_HELD=orderservice load images -k eshop
  [ "$status" -eq 1 ]
  says "orderservice:4.5.6 is not built"
  says "./setup.sh docker images"
  no_call "kind load"
}

@test "a service's image that cannot be handed over ends it, a database's does not" {
  make_shop
  setup_sh CLUSTERS=eshop UNLOADABLE=walletservice NO_ARCHIVE=1 load images -k eshop
  [ "$status" -eq 1 ]
  says "error: kind cannot load the images"
  says "./setup.sh docker images"
  no_call "mongo"
  setup_sh CLUSTERS=eshop UNLOADABLE=mongo UNSAVABLE=mongo load images -k eshop
  [ "$status" -eq 0 ]
  says "kind cannot hand mongo:7.7 over, see above: the cluster pulls it"
  called "kind load docker-image --name eshop postgres:16.6"
  setup_sh CLUSTERS=eshop NOT_HELD=postgres load images -k eshop
  [ "$status" -eq 0 ]
  says "postgres:16.6 is not on this machine: the cluster pulls it"
}

@test "what kind cannot take over from docker is handed to it in a file, which does not stay" {
  make_shop
  make_room
  setup_sh TMPDIR="$room" CLUSTERS=eshop UNLOADABLE=service load images -k eshop
  [ "$status" -eq 0 ]
  says "content digest not found"
  says "$CANNOT_FROM_DOCKER"
  by_file "$OWN"
  [[ "$file" == "$room"/* ]]
  setup_sh TMPDIR="$room" CLUSTERS=eshop UNLOADABLE=postgres load images -k eshop
  [ "$status" -eq 0 ]
  by_file postgres:16.6
  run ! says "the cluster pulls it"
  [ "$(times_called "image save")" -eq 2 ]
  nothing_is_left
}

@test "a file that cannot be made, or that kind does not take, does not stay either" {
  make_shop
  make_room
  for lack in UNSAVABLE=service NO_ARCHIVE=1; do
    setup_sh TMPDIR="$room" CLUSTERS=eshop UNLOADABLE=service "$lack" load images -k eshop
    [ "$status" -eq 1 ]
    says "error: kind cannot load the images"
    nothing_is_left
  done
  [ "$(times_called "load image-archive")" -eq 1 ]
  setup_sh TMPDIR="$room/none" CLUSTERS=eshop UNLOADABLE=service load images -k eshop
  [ "$status" -eq 1 ]
  says "error: kind cannot load the images"
}

@test "a file does not outlive an interrupt" {
  make_shop
  make_room
  stub kind 'case "$*" in
  "get clusters") echo eshop ;;
  *docker-image*) exit 1 ;;
  *) echo "interrupted with $(ls "$TMPDIR"/*/images.tar)" >>"$CALLS"; kill -INT -- "-$(cat "$TMPDIR.group")"; exec sleep 20 ;;
esac'
  link ls
  # A group of its own, as a terminal gives it; and an interrupt that counts, which is ignored by what runs in the background.
  local heeding='import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])'
  run python3 -c "$heeding" env -i "PATH=$bin" "CALLS=$calls" "TMPDIR=$room" bash -c 'set -m; bash "$1/setup.sh" load images -k eshop &
echo "$!" >"$TMPDIR.group"
wait "$!"' - "$checkout"
  [ "$status" -ne 0 ]
  [ "$(times_called "interrupted with $room")" -eq 1 ]
  nothing_is_left
}

@test "images for a cluster that is not there are refused, with how to make it" {
  make_shop
  setup_sh load images -k eshop
  [ "$status" -eq 1 ]
  says "there is no cluster eshop"
  says "./setup.sh kubernetes kind -n eshop"
  no_call "kind load"
}

@test "a tool that is missing is named, and the doctor" {
  make_shop
  for row in "kubectl:kubernetes kind" "kind:kubernetes delete" "docker:load images"; do
    rm "$bin/${row%%:*}"
    setup_sh ${row#*:} -n eshop
    [ "$status" -eq 1 ]
    says "${row%%:*} is missing"
    says "./setup.sh doctor"
    [ ! -s "$calls" ]
  done
}

@test "a dry run prints the commands, needs no tool, and calls none" {
  make_shop
  for tools in there gone; do
    if [ "$tools" = gone ]; then rm "$bin/docker" "$bin/kind" "$bin/kubectl"; fi
    setup_sh KIND_NODE_IMAGE=node kubernetes kind -n eshop --dry-run
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [ "${lines[0]}" = "kind create cluster --name eshop --image node --wait 120s # unless it exists" ]
    [ "${lines[1]}" = "kind export kubeconfig --name eshop # where it exists" ]
    [ "${lines[2]}" = "kind load docker-image --name eshop nginx/nginx-ingress:9.9 # if docker holds it, else the cluster pulls it; $ROUND" ]
    [ "${lines[3]}" = "$APPLIED" ]
    [ "${lines[4]}" = "$WAITED" ]
    setup_sh kubernetes delete --dry-run -n eshop
    [ "$output" = "kind delete cluster --name eshop" ]
    setup_sh load images --dry-run -k eshop
    [ "${lines[0]}" = "kind load docker-image --name eshop $OWN # $ROUND" ]
    [ "${#lines[@]}" -eq 3 ]
    [ ! -s "$calls" ]
  done
}

@test "a command that hangs is ended, and said to be" {
  make_shop
  sed -i.bak 's/^LOAD_SECONDS=.*/LOAD_SECONDS=1/' "$checkout/setup/images.sh"
  stub kind 'if [ "$1" = load ]; then exec sleep 300; fi; echo eshop'
  SECONDS=0
  setup_sh load images -k eshop
  [ "$status" -eq 1 ]
  [ "$SECONDS" -lt 250 ]
  says "kind did not end within 1 seconds"
}

@test "the tests in a cluster need an engine, kind, kubectl and helm, and say so" {
  make_shop
  setup_sh NO_ENGINE=1 test kubernetes
  [ "$status" -eq 1 ]
  says "no docker engine answers, so the tier kubernetes cannot run"
  for tool in helm kubectl kind; do
    rm "$bin/$tool"
    setup_sh test kubernetes
    [ "$status" -eq 1 ]
    says "$tool is missing"
    no_call "pytest"
  done
}

@test "the tests in a cluster are their own and those of the running shop" {
  make_shop
  setup_sh test kubernetes -x
  [ "$status" -eq 0 ]
  [ -z "$output" ]
  [ "$(times_called "buildx build")" -eq 5 ]
  called "-m pytest tests/kubernetes tests/blackbox tests/faults/test_faults.py --shop=kubernetes -x"
}
