#!/usr/bin/env bash
# Starts MongoDB as an authenticated replica set of one member, and sets it up, at every start. Arguments: mongod's.
set -euo pipefail
here="$(dirname "${BASH_SOURCE[0]}")"
key=/tmp/key
ready=/tmp/ready # what the health check looks for, beside an open port
seconds=60

main() {
  refuse_known_passwords
  # The key with which members prove who they are; with one member nobody else need ever know it.
  (umask 277 && head -c 60 /dev/urandom | base64 -w 0 >"$key")
  set_up &
  exec mongod --dbpath /data/db --bind_ip_all --keyFile "$key" "$@"
}

refuse_known_passwords() {
  case "${PUBLISH_ADDRESS:-127.0.0.1}" in
    127.* | ::1 | localhost) return 0 ;;
  esac
  case "$MONGO_ADMIN_PASSWORD$MONGO_ESHOP_PASSWORD" in
    *development-only*)
      echo "error: a password that everybody knows cannot be used where others can reach it ($PUBLISH_ADDRESS)" >&2
      echo "  ./setup.sh docker env writes random ones" >&2
      exit 1
      ;;
  esac
}

set_up() {
  until (: </dev/tcp/127.0.0.1/27017) 2>/dev/null; do
    if [ "$SECONDS" -gt "$seconds" ]; then give_up "mongod does not listen"; fi
    sleep 0.1
  done
  HOME=/tmp timeout "$seconds" mongosh --quiet --nodb "$here/set_up.js" || give_up "the replica set could not be set up"
  touch "$ready"
}

# The server goes down with it, and is started anew.
give_up() {
  echo "error: $1 within $seconds s" >&2
  kill -TERM 1
  exit 1
}

main "$@"
