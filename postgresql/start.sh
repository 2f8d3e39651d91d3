#!/usr/bin/env bash
# Starts PostgreSQL, and sets up the bank's roles and database, at every start. Arguments: postgres's.
# The superuser has no password: he comes in by the socket alone, as the container's own account.
set -euo pipefail
here="$(dirname "${BASH_SOURCE[0]}")"
data=/var/lib/postgresql/data/cluster
ready=/tmp/ready # what the health check looks for, beside an open port
seconds=60

main() {
  refuse_known_passwords
  if [ ! -d "$data" ]; then make_cluster; fi
  # A killed server leaves it, with a number that may be another process's by now. No server runs in this container yet.
  rm -f "$data/postmaster.pid"
  set_up &
  exec postgres -D "$data" "$@"
}

refuse_known_passwords() {
  case "${PUBLISH_ADDRESS:-127.0.0.1}" in
    127.* | ::1 | localhost) return 0 ;;
  esac
  case "$POSTGRES_OWNER_PASSWORD$POSTGRES_APP_PASSWORD" in
    *development-only*)
      echo "error: a password that everybody knows cannot be used where others can reach it ($PUBLISH_ADDRESS)" >&2
      echo "  ./setup.sh docker env writes random ones" >&2
      exit 1
      ;;
  esac
}

# Under another name until it is whole: a start may be cut off anywhere.
make_cluster() {
  rm -rf "$data.new"
  initdb -D "$data.new" --username=postgres --auth=peer --encoding=UTF8 \
    --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C
  echo "host walletdb wallet_owner,wallet_app all scram-sha-256" >>"$data.new/pg_hba.conf"
  mv "$data.new" "$data"
}

set_up() {
  until pg_isready --quiet; do
    if [ "$SECONDS" -gt "$seconds" ]; then give_up "the server does not listen"; fi
    sleep 0.1
  done
  PGOPTIONS="-c statement_timeout=${seconds}s" psql --username=postgres --no-psqlrc --quiet -v ON_ERROR_STOP=1 -f "$here/set_up.sql" ||
    give_up "roles and database could not be set up"
  touch "$ready"
}

# The server goes down with it, and is started anew.
give_up() {
  echo "error: $1 within $seconds s" >&2
  kill -INT 1
  exit 1
}

main "$@"
