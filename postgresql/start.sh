#!/usr/bin/env bash
# Starts PostgreSQL, and sets up the bank's roles and database, at every start. Arguments: postgres's.
# The superuser has no password: he comes in by the socket alone, as the container's own account.
set -euo pipefail
here="$(dirname "${BASH_SOURCE[0]}")"
data=/var/lib/postgresql/data/cluster
ready=/tmp/ready # what the health check looks for, beside an open port
seconds=60
patience=20 # seconds for the server before this one, which may be ending

main() {
  rm -f "$ready" /tmp/.s.PGSQL.5432* # of a life before, where /tmp outlives the container
  judge_passwords
  lock_volume
  if [ ! -d "$data" ]; then make_cluster; fi
  # A killed server leaves it, with a number that may be another process's by now. The volume's lock took its place.
  rm -f "$data/postmaster.pid"
  # Whoever is process 1 is its parent then: init, or the server itself, which takes no notice of a child that is not
  # its own, as long as it ends with 0 or 1; after anything else it would believe in a crash.
  (set_up &)
  exec postgres -D "$data" "$@"
}

judge_passwords() {
  case "$POSTGRES_OWNER_PASSWORD$POSTGRES_APP_PASSWORD" in
    *[!A-Za-z0-9._~-]*) # they become parts of addresses
      refuse "POSTGRES_OWNER_PASSWORD and POSTGRES_APP_PASSWORD may have letters, digits and . _ ~ - alone" ;;
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

# The server holds it until it ends, however it ends. Two over one volume would destroy it.
lock_volume() {
  exec 9>"$data.lock"
  flock --wait "$patience" 9 || refuse_volume
}

refuse_volume() {
  echo "error: another server runs over this volume" >&2
  echo "  docker compose exec postgresql psql ... asks that one, and so does kubectl exec" >&2
  exit 1
}

# Under another name until it is whole: a start may be cut off anywhere.
make_cluster() {
  rm -rf "$data.new"
  initdb -D "$data.new" --username=postgres --auth=peer --encoding=UTF8 \
    --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C
  # These two lines alone: initdb's own ask whoever comes from 127.0.0.1, as kubectl port-forward does, for no password.
  printf '%s\n' "local all all peer" "host walletdb wallet_owner,wallet_app all scram-sha-256" >"$data.new/pg_hba.conf"
  sync --file-system "$data.new"
  mv "$data.new" "$data"
}

set_up() {
  # Without a limit: after a crash it may take long, and the health check tells of it.
  until pg_isready --quiet; do sleep 0.1; done
  PGOPTIONS="-c statement_timeout=${seconds}s" psql --username=postgres --no-psqlrc --quiet -v ON_ERROR_STOP=1 \
    -f "$here/set_up.sql" || give_up
  touch "$ready"
}

# The server goes down with it, and is started anew.
give_up() {
  echo "error: roles and database could not be set up within $seconds s" >&2
  kill -INT "$$" # who was this script is the server now
  exit 1
}

main "$@"
