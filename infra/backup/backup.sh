#!/usr/bin/env bash
# Run by the compose service `backup`, with the owner's password: save | check FILE [--force] | restore FILE [--force].
# A back-up is the whole book of record at one moment, and its checksum beside it. Files lie in /backups.
set -euo pipefail

folder=${BACKUPS_FOLDER:-/backups}
kept=${BACKUPS_KEPT:-14}
password_file=${PASSWORD_FILE:-/run/secrets/password}
if [ -f "$password_file" ]; then PGPASSWORD=$(<"$password_file") && export PGPASSWORD; fi

fail() {
  echo "$1" >&2
  exit "${2:-1}"
}

ask() { psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --dbname "$1" --command "$2"; }

save() {
  local name part
  name="poise-$(date -u +%Y%m%dT%H%M%SZ).dump"
  part="$folder/.unfinished"
  pg_dump --format=custom --dbname poise --file "$part"
  pg_restore --list "$part" >/dev/null # it can be read again
  sync "$part"
  mv "$part" "$folder/$name"
  (cd "$folder" && sha256sum "$name" >"$name.sha256")
  # shellcheck disable=SC2012 # names of our own
  ls -1 "$folder"/poise-*.dump | sort -r | tail -n +"$((kept + 1))" | while read -r old; do rm -f "$old" "$old.sha256"; done
  echo "$name: $(stat -c %s "$folder/$name") bytes, $(ask poise 'SELECT count(*) FROM portfolio.packages') packages"
}

check() {
  local name=$1 force=${2:-}
  [ -f "$folder/$name" ] || fail "no back-up $name; there are: $(cd "$folder" && echo poise-*.dump)" 2
  (cd "$folder" && sha256sum --quiet --check "$name.sha256") || fail "$name is not what was saved: its checksum differs" 2
  [ "$force" = --force ] || [ "$(packages_held)" = 0 ] ||
    fail "the book holds $(packages_held) packages already; with FORCE=1 the back-up takes its place" 3
}

packages_held() {
  if [ "$(ask postgres "SELECT count(*) FROM pg_database WHERE datname = 'poise'")" = 0 ] ||
    [ "$(ask poise "SELECT to_regclass('portfolio.packages') IS NULL")" = t ]; then
    echo 0
  else
    ask poise 'SELECT count(*) FROM portfolio.packages'
  fi
}

# Restored beside the book and then put in its place: what fails on the way leaves the book as it was.
restore() {
  local name=$1
  check "$@"
  ask postgres 'DROP DATABASE IF EXISTS poise_restored WITH (FORCE)'
  ask postgres 'CREATE DATABASE poise_restored'
  pg_restore --exit-on-error --single-transaction --dbname poise_restored "$folder/$name"
  ask poise_restored 'ANALYZE'
  ask postgres 'DROP DATABASE IF EXISTS poise WITH (FORCE)'
  ask postgres 'ALTER DATABASE poise_restored RENAME TO poise'
  echo "$name is the book now: $(packages_held) packages"
}

case "${1:-}" in
  save) save ;;
  check | restore) [ $# -ge 2 ] || fail "$1 which file?" 2 && "$@" ;;
  *) fail "save | check FILE [--force] | restore FILE [--force]" 2 ;;
esac
