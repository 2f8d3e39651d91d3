#!/usr/bin/env bash
# Starts MongoDB as an authenticated member of a replica set, and sets it up, at every start. Arguments: mongod's.
set -euo pipefail
here="$(dirname "${BASH_SOURCE[0]}")"
key=/tmp/key
ready=/tmp/ready # what the health check looks for, beside an open port
patience=20 # seconds for the server before this one, which may be ending

main() {
  rm -f "$ready" "$key" # of a life before, where /tmp outlives the container
  judge_passwords
  write_key
  await_volume
  (set_up &) # whoever is process 1 is its parent then: init, or the server itself, which takes no notice of it
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
  echo "  ./setup.sh docker env writes random ones; on Kubernetes, ./setup.sh kubectl apply --random-secrets" >&2
  exit 1
}

# The key with which members prove who they are; with one member nobody else need ever know it.
# Always as base64, since MongoDB takes no other characters.
write_key() (
  umask 277
  if [ -n "${MONGO_MEMBER_KEY:-}" ]; then printf '%s' "$MONGO_MEMBER_KEY"; else head -c 60 /dev/urandom; fi |
    base64 -w 0 >"$key"
)

# The server before this one may be ending still. Two over one volume would be refused by MongoDB itself.
await_volume() {
  flock --wait "$patience" /data/db/mongod.lock true || true
}

set_up() {
  # Without a limit: after a crash it may take long, and the health check tells of it.
  until (: </dev/tcp/127.0.0.1/27017) 2>/dev/null; do sleep 0.1; done
  HOME=/tmp mongosh --quiet --nodb "$here/set_up.js" || give_up
  touch "$ready"
}

# The server goes down with it, and is started anew.
give_up() {
  echo "error: the replica set could not be set up" >&2
  kill -TERM "$$" # who was this script is the server now
  exit 1
}

main "$@"
