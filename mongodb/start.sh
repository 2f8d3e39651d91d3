#!/usr/bin/env bash
# Starts MongoDB as an authenticated replica set of one member, and sets it up, at every start. Arguments: mongod's.
set -euo pipefail
here="$(dirname "${BASH_SOURCE[0]}")"
key=/tmp/key
ready=/tmp/ready # what the health check looks for, beside an open port
seconds=60

main() {
  judge_passwords
  # The key with which members prove who they are; with one member nobody else need ever know it.
  (umask 277 && head -c 60 /dev/urandom | base64 -w 0 >"$key")
  (set_up &) # init is its parent then, and not the server, which would know nothing of it
  exec mongod --dbpath /data/db --bind_ip_all --keyFile "$key" "$@"
}

judge_passwords() {
  case "$MONGO_ADMIN_PASSWORD$MONGO_ESHOP_PASSWORD" in
    *[!A-Za-z0-9._~-]*) # they become parts of addresses
      refuse "MONGO_ADMIN_PASSWORD and MONGO_ESHOP_PASSWORD may have letters, digits and . _ ~ - alone" ;;
    *development-only*)
      case "${PUBLISH_ADDRESS:-127.0.0.1}" in
        127.*) ;;
        *) refuse "a password that everybody knows cannot be used where others can reach it ($PUBLISH_ADDRESS)" ;;
      esac
      ;;
  esac
}

refuse() {
  echo "error: $1" >&2
  echo "  ./setup.sh docker env writes random ones" >&2
  exit 1
}

set_up() {
  # Without a limit: after a crash it may take long, and the health check tells of it.
  until (: </dev/tcp/127.0.0.1/27017) 2>/dev/null; do sleep 0.1; done
  HOME=/tmp timeout "$seconds" mongosh --quiet --nodb "$here/set_up.js" || give_up
  touch "$ready"
}

# The server goes down with it, and is started anew.
give_up() {
  echo "error: the replica set could not be set up within $seconds s" >&2
  kill -TERM 1
  exit 1
}

main "$@"
