#!/usr/bin/env bats
# What the doctor finds, on machines made of stubs; and which ways to run the shop it says work.

bats_require_minimum_version 1.5.0
load fixture

# A machine on which every way works; a test then takes something from it. The checkout is a copy, so what the doctor
# reads is put elsewhere in it, and its ports are moved away from those of shops that run here.
make_machine() {
  link sleep cut tail find
  proc="$BATS_TEST_TMPDIR/proc"
  mkdir "$proc" "$checkout/mongodb" "$checkout/postgresql"
  echo 'flags		: fpu sse2 avx avx2' >"$proc/cpuinfo"
  memory_of 8000000
  echo '#!/bin/bash' | tee "$checkout/mongodb/start.sh" >"$checkout/postgresql/start.sh"
  patch doctor_machine.sh "s|^PROC=.*|PROC=$proc|"
  patch doctor_local.sh "s|^LIBRARY_FOLDERS=.*|LIBRARY_FOLDERS=($BATS_TEST_TMPDIR/lib)|; s|^MUSL=.*|MUSL=$BATS_TEST_TMPDIR/ld-musl-*|"
  patch doctor_ports.sh 's/_PORT:\([25]\)/_PORT:6\1/g'
  stub uname 'if [ "$1" = -m ]; then printenv MACHINE || echo x86_64; else printenv UNAME || echo Linux; fi'
  stub df 'echo "Filesystem 1024-blocks Used Available Capacity Mounted on"; echo "/dev/a disk 99 9 ${DISK:-50000000} 18% /"'
  stub ldconfig 'for name in ${KNOWN:-libcurl.so.4 libssl.so.3 libcrypto.so.3 liblzma.so.5}; do echo "	$name (libc6) => /lib/$name"; done'
  stub docker "$(docker_stub)"
  stub docker-compose 'echo "${WORD:-2.40.3}"'
  stub kind 'echo "kind v${KIND:-0.33.0} go1.27.2 linux/amd64"'
  stub kubectl 'echo "Client Version: v${KUBECTL:-1.32.4}"; echo "Kustomize Version: v5.5.0"'
  stub helm 'echo "v${HELM:-4.1.4}+g05fa379"'
}

docker_stub() {
  cat <<'END'
case "$*" in
  version*) if [ -n "${NO_DAEMON:-}" ]; then echo "$NO_DAEMON" >&2; exit 1; fi
    echo "28.2.2" ;;
  info*) echo "WARNING: No swap limit support" >&2; echo "${DOCKER_MEMORY:-8000000000};/var/lib/docker" ;;
  "compose version --short") [ "${COMPOSE:-2.40.3-3}" != none ] && echo "${COMPOSE:-2.40.3-3}" ;;
  "buildx version") [ -z "${NO_BUILDX:-}" ] && echo "github.com/docker/buildx v0.29.1 29" ;;
  "ps --filter label=com.docker.compose.project=eshop"*) echo "${PUBLISHED:-}" ;;
esac
END
}

patch() { sed -i.bak "$2" "$checkout/setup/$1"; }
memory_of() { printf 'MemTotal: 99000000 kB\nMemFree: 1 kB\nMemAvailable: %8d kB\n' "$1" >"$proc/meminfo"; }

# Each takes a line of the output, or a part of one.
finds() { grep -Fxq -- "  $1" <<<"$output"; }
says() { grep -Fq -- "$1" <<<"$output"; }
works() { grep -q -- "^  $1 *works: " <<<"$output"; }
does_not() { grep -q -- "^  $1 *does not: .*$2" <<<"$output"; }

listen() {
  python3 -c 'import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", flush=True)
time.sleep(60)' "$1" >"$BATS_TEST_TMPDIR/listener" 3>&- &
  listener="$!"
  until grep -q listening "$BATS_TEST_TMPDIR/listener"; do sleep 0.1; done
}
teardown() { if [ -n "${listener:-}" ]; then kill "$listener"; fi; }

@test "a machine that lacks nothing runs the shop in every way" {
  make_machine
  setup_sh doctor
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  for way in local "docker compose" "kubectl on kind" "Helm on kind"; do works "$way"; done
  says "./setup.sh kubernetes kind -n eshop"
  grep -q '^  Helm on kind .*\./setup.sh helm deploy -r eshop' <<<"$output"
  run ! grep -E '^  (miss|warn)' <<<"$output"
}

@test "without Docker local works, and Docker is missed once" {
  make_machine
  rm "$bin/docker"
  setup_sh doctor
  [ "$status" -eq 0 ]
  finds "miss  docker is missing"
  says "https://docs.docker.com/get-docker/"
  [ "$(grep -c '^  miss' <<<"$output")" -eq 1 ]
  works local
  for way in "docker compose" "kubectl on kind" "Helm on kind"; do does_not "$way" "docker is missing"; done
}

@test "a daemon that is not running is told from one that lets nobody in" {
  make_machine
  setup_sh NO_DAEMON="Cannot connect to the Docker daemon" doctor
  finds "miss  docker's daemon is not running"
  says "systemctl start docker"
  does_not "docker compose" "daemon is not running"
  setup_sh UNAME=Darwin NO_DAEMON="Cannot connect to the Docker daemon" doctor
  finds "miss  docker's daemon is not running"
  says "start Docker Desktop"
  setup_sh NO_DAEMON="permission denied while trying to connect" doctor
  finds "miss  docker's daemon does not let you in"
  says 'sudo usermod -aG docker "$USER"'
}

@test "a daemon that hangs does not hang the doctor, and nothing is left hanging" {
  make_machine
  patch doctor_asking.sh "s/^ANSWER_SECONDS=.*/ANSWER_SECONDS=3/"
  stub docker 'if [ "$1" = version ]; then echo $$ >>"$CALLS"; sleep 300; fi; echo 2.40.3'
  SECONDS=0
  setup_sh doctor
  [ "$status" -eq 0 ]
  [ "$SECONDS" -lt 250 ]
  finds "miss  docker's daemon does not answer within 3 seconds"
  works local
  run ! kill -0 "$(sed -n '/^[0-9]*$/p' "$calls")"
  [ "$(pgrep -f "sleep 300" -g "$(sed -n '/^[0-9]*$/p' "$calls")" | wc -l)" -eq 0 ]
}

@test "docker compose has to be 2.20, under one of its names" {
  make_machine
  setup_sh COMPOSE=2.19.1 WORD=1.29.2 doctor
  finds "miss  docker compose 2.19.1 is older than 2.20"
  does_not "docker compose" "older than 2.20"
  works "kubectl on kind"
  setup_sh COMPOSE=none WORD=1.29.2 doctor
  finds "miss  docker-compose 1.29.2 is older than 2.20"
  setup_sh COMPOSE=none WORD=2.20.0 doctor
  finds "ok    docker-compose 2.20.0; where you read docker compose, type docker-compose"
  setup_sh COMPOSE=v5.0.1 WORD=1.29.2 doctor
  finds "ok    docker compose 5.0.1; where you read docker-compose, type docker compose"
  rm "$bin/docker-compose"
  setup_sh doctor
  finds "ok    docker compose 2.40.3; where you read docker-compose, type docker compose"
  setup_sh COMPOSE=none doctor
  finds "miss  docker compose is missing"
}

@test "without buildx no image can be built" {
  make_machine
  setup_sh NO_BUILDX=1 doctor
  finds "miss  docker buildx, which builds the images, is missing"
  for way in "docker compose" "kubectl on kind" "Helm on kind"; do does_not "$way" buildx; done
  works local
}

@test "kind, kubectl and helm have to be there, and new enough" {
  make_machine
  setup_sh KIND=0.23.0 KUBECTL=1.29.9 HELM=3.15.4 doctor
  finds "miss  kind 0.23.0 is older than 0.24"
  finds "miss  kubectl 1.29.9 is older than 1.30"
  finds "miss  helm 3.15.4 is older than 3.16"
  setup_sh KIND=0.24.0 KUBECTL=1.30.0 HELM=3.16.0 doctor
  works "Helm on kind"
  rm "$bin/helm"
  setup_sh doctor
  finds "miss  helm is missing"
  works "kubectl on kind"
  does_not "Helm on kind" "helm is missing"
  rm "$bin/kubectl" "$bin/kind"
  setup_sh doctor
  does_not "kubectl on kind" "kind is missing; kubectl is missing"
  works "docker compose"
}

@test "a program that says no version is named with what to look at" {
  make_machine
  stub kind 'echo "cannot execute" >&2; exit 126'
  setup_sh doctor
  finds "miss  kind does not tell its version"
  finds "      see what this says: kind version"
}

@test "a port in use stands in the way of local and docker compose, and can be moved" {
  make_machine
  listen 65001
  setup_sh doctor
  [ "$status" -eq 0 ]
  finds "miss  65001 (PRODUCTS_PORT) is in use"
  says "stop what is there, or set PRODUCTS_PORT=65101"
  finds "ok    free: 65000 65002 65003 65004 62717 65432"
  does_not local "ports in use: 65001"
  does_not "docker compose" "ports in use: 65001"
  works "kubectl on kind"
  setup_sh PRODUCTS_PORT=65101 doctor
  works local
  works "docker compose"
}

@test "who has the port is said where the system tells it" {
  make_machine
  listen 65001
  stub ss 'echo "LISTEN 0 5 127.0.0.1:65001 0.0.0.0:* users:((\"nginx\",pid=42,fd=3))"'
  setup_sh doctor
  finds "miss  65001 (PRODUCTS_PORT) is in use, by nginx (process 42)"
  rm "$bin/ss"
  stub lsof 'printf "p43\ncruby\nf3\n"'
  setup_sh doctor
  finds "miss  65001 (PRODUCTS_PORT) is in use, by ruby (process 43)"
}

@test "a database's port in use is no matter to local, which takes another, unless it was told which" {
  make_machine
  listen 62717
  setup_sh doctor
  works local
  does_not "docker compose" "ports in use: 62717"
  setup_sh MONGO_PORT=62717 doctor
  does_not local "ports in use: 62717"
}

@test "docker compose reads .env, and local remembers its ports" {
  make_machine
  listen 65001
  printf '# PRODUCTS_PORT=1\nPRODUCTS_PORT="65011"\n' >"$checkout/.env"
  setup_sh doctor
  works "docker compose"
  does_not local "ports in use: 65001"
  mkdir "$checkout/.local"
  printf '{\n "USERS_PORT": 65010,\n "PRODUCTS_PORT": 65012\n}\n' >"$checkout/.local/ports.json"
  rm "$checkout/.env"
  setup_sh doctor
  works local
  does_not "docker compose" "ports in use: 65001"
}

@test "a port of this very shop is no fault" {
  make_machine
  listen 65001
  own="  ok    this very shop's, which runs: 65001 (stop it before you start it in another way)"
  setup_sh PUBLISHED="127.0.0.1:65000->5000/tcp, 127.0.0.1:65001->5000/tcp" doctor
  grep -Fxq -- "$own" <<<"$output"
  works local
  mkdir -p "$checkout/.local/run"
  printf '{\n "USERS_PORT": 65000,\n "PRODUCTS_PORT": 65001\n}\n' >"$checkout/.local/ports.json"
  echo "$listener" >"$checkout/.local/run/supervisord.pid"
  setup_sh doctor
  grep -Fxq -- "$own" <<<"$output"
  bash -c 'echo $$' >"$checkout/.local/run/supervisord.pid"
  setup_sh doctor
  does_not local "ports in use: 65001"
}

@test "what is no port is named" {
  make_machine
  for port in abc 0 70000 -1; do
    setup_sh USERS_PORT="$port" doctor
    finds "miss  USERS_PORT=$port is not a port"
    does_not local "is not a port"
  done
}

@test "a Mac is told of AirPlay" {
  make_machine
  patch doctor_ports.sh 's/USERS_PORT:65000/USERS_PORT:5000/; s/^is_taken() {/& [ "$1" -ne 5000 ] || return 0;/'
  setup_sh UNAME=Darwin doctor
  says "AirDrop & Handoff"
  setup_sh doctor
  says "5000 (USERS_PORT) is in use"
  run ! grep -F AirDrop <<<"$output"
}

@test "little memory is warned of, and stands in no way" {
  make_machine
  memory_of 3000000
  setup_sh doctor
  finds "warn  3.0 GB of memory free: enough for local and docker compose, but kind wants 4"
  memory_of 1000000
  setup_sh doctor
  finds "warn  1.0 GB of memory free: local and docker compose want 2, kind 4"
  works local
  works "kubectl on kind"
}

@test "a Mac's memory is its own and Docker's" {
  make_machine
  stub sysctl '[ "$*" = "-n hw.memsize" ] && echo 8589934592'
  setup_sh UNAME=Darwin DOCKER_MEMORY=2100000000 doctor
  finds "ok    8.5 GB of memory"
  finds "warn  2.1 GB of memory for docker: enough for local and docker compose, but kind wants 4"
}

@test "little disk is warned of, and stands in no way" {
  make_machine
  setup_sh DISK=3000000 doctor
  finds "ok    3.0 GB of disk free for local"
  finds "warn  3.0 GB of disk free for docker, which wants 5, and 10 for kind"
  setup_sh DISK=1000000 doctor
  finds "warn  1.0 GB of disk free for local, which wants 2"
  works local
  works "docker compose"
  setup_sh DISK=8000000 doctor
  finds "ok    8.1 GB of disk free for local"
  finds "warn  8.1 GB of disk free for docker: enough for docker compose, but kind wants 10"
  works "kubectl on kind"
  setup_sh DISK=10000000 doctor
  finds "ok    10.2 GB of disk free for docker"
}

@test "without AVX no MongoDB runs but one of the user's own" {
  make_machine
  echo 'flags		: fpu sse2 avx2' >"$proc/cpuinfo"
  setup_sh doctor
  [ "$status" -eq 1 ]
  finds "miss  the processor is without AVX, which MongoDB needs"
  says "for a processor without AVX there is no MongoDB among the wheels"
  does_not local "mongod is missing"
  does_not "docker compose" "without AVX"
  stub mine 'echo "db version v6.0.5"'
  setup_sh MONGOD="$bin/mine" doctor
  [ "$status" -eq 0 ]
  works local
  setup_sh UNAME=Darwin doctor
  works "docker compose"
}

@test "Linux on arm64 has no MongoDB among the wheels, and containers want ARMv8.2" {
  make_machine
  echo 'Features	: fp asimd crc32 atomics' >"$proc/cpuinfo"
  setup_sh MACHINE=aarch64 doctor
  does_not local "mongod is missing"
  says "for Linux on aarch64 there is no MongoDB among the wheels: install MongoDB 6.0"
  works "docker compose"
  stub mongod 'echo "db version v7.0.1"'
  echo 'Features	: fp asimd crc32' >"$proc/cpuinfo"
  setup_sh MACHINE=aarch64 doctor
  works local
  does_not "docker compose" "older than ARMv8.2"
  setup_sh MACHINE=riscv64 doctor
  does_not "docker compose" "riscv64"
}

@test "Alpine has no MongoDB among the wheels" {
  make_machine
  touch "$BATS_TEST_TMPDIR/ld-musl-x86_64.so.1"
  setup_sh doctor
  does_not local "mongod is missing"
  says "for Alpine there is no MongoDB"
  works "docker compose"
}

@test "a MongoDB of the user's own has to be 6.0" {
  make_machine
  stub mine 'echo "db version v5.0.9"'
  setup_sh MONGOD="$bin/mine" doctor
  does_not local "mine 5.0.9 is older than 6.0"
  setup_sh ESHOP_SERVERS=path doctor
  does_not local "mongod is missing; postgres is missing"
}

@test "the libraries of the wheel's MongoDB are missed by name, with their packages" {
  make_machine
  setup_sh KNOWN="libcurl.so.4 liblzma.so.5" doctor
  finds "miss  MongoDB lacks libssl.so.3 libcrypto.so.3"
  finds "      on Debian and Ubuntu: sudo apt-get install libssl3"
  does_not local "MongoDB lacks"
  works "docker compose"
  stub mongod 'echo "db version v6.0.5"'
  setup_sh KNOWN="none" MONGOD=mongod doctor
  works local
}

@test "libraries are found in the usual folders where ldconfig does not tell" {
  make_machine
  stub ldconfig 'exit 1'
  setup_sh doctor
  finds "miss  MongoDB lacks libcurl.so.4 libssl.so.3 libcrypto.so.3 liblzma.so.5"
  mkdir "$BATS_TEST_TMPDIR/lib"
  for library in libcurl.so.4 libssl.so.3 libcrypto.so.3 liblzma.so.5; do touch "$BATS_TEST_TMPDIR/lib/$library"; done
  setup_sh doctor
  works local
}

@test "a Python that is too old, or cannot make environments, is told from one that will do" {
  make_machine
  setup_sh TOO_OLD=1 doctor
  does_not local "no Python 3.11 or later"
  setup_sh PYTHON=/nowhere/python doctor
  finds "miss  no Python 3.11 or later in PYTHON=/nowhere/python"
  setup_sh NO_VENV=1 doctor
  does_not local "cannot make virtual environments"
  says "apt-get install python3-venv"
  mkdir -p "$checkout/.venv/bin"
  stub python3.13 'exit 1'
  cp "$bin/kind" "$checkout/.venv/bin/python"
  setup_sh doctor
  finds "ok    Python in .venv"
}

@test "Windows line endings are found, and the remedy mends them" {
  make_machine
  printf '#!/bin/bash\r\necho\r\n' | tee "$checkout/mongodb/start.sh" >"$checkout/postgresql/start.sh"
  setup_sh doctor
  finds "miss  Windows line endings in mongodb/start.sh postgresql/start.sh"
  does_not "docker compose" "Windows line endings"
  works local
  (cd "$checkout" && eval "$(grep -F 'perl -pi' <<<"$output" | sed 1q)")
  setup_sh doctor
  works "docker compose"
}

@test "scripts that a container may not read are found, and the remedy mends them" {
  make_machine
  touch "$checkout/mongodb/start.sh"
  chmod 600 "$checkout/mongodb/start.sh"
  setup_sh doctor
  does_not "docker compose" "may not read their scripts"
  (cd "$checkout" && eval "$(grep -F 'chmod -R' <<<"$output" | sed 1q)")
  setup_sh doctor
  works "docker compose"
}

@test "on Windows itself Docker's ways work" {
  make_machine
  setup_sh UNAME=MINGW64_NT-10.0 doctor
  [ "$status" -eq 0 ]
  does_not local "does not run on Windows itself"
  says "wsl --install"
  works "docker compose"
}

@test "where no way works, the nearest is named with its remedies" {
  make_machine
  rm "$bin/docker" "$bin/kind"
  setup_sh NO_VENV=1 KNOWN=none doctor
  [ "$status" -eq 1 ]
  [ "$(grep -c '^  .* does not: ' <<<"$output")" -eq 4 ]
  grep -Fq "error: the shop does not run here yet in any way" <<<"$stderr"
  grep -Fq "the nearest is docker compose: install it: https://docs.docker.com/get-docker/" <<<"$stderr"
  setup_sh NO_VENV=1 doctor
  grep -Fq "the nearest is local: on Debian and Ubuntu: sudo apt-get install python3-venv" <<<"$stderr"
}
