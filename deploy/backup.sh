#!/bin/sh
# Backups of the site's one database, which is all that there is, and the way back.
#
#   backup.sh dump FOLDER      a dump of DATABASE_URL, looked through before it counts
#   backup.sh base FOLDER      a copy of the whole server, to which archived logs are added
#   backup.sh restore DUMP     into the empty database DATABASE_URL; then what is lost comes back
#                              from Stripe. Nobody may reach the site, and no worker may run.
#
# PYTHON names the site's Python; SINCE how far back Stripe is asked (at least to the backup).
set -eu

site=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
now=$(date -u +%Y%m%dT%H%M%SZ)

dump() {
    mkdir -p "$1"
    # Under another name until it is whole: what is called .dump can be restored.
    pg_dump --format=custom --no-owner --no-privileges --file="$1/.$now" "$DATABASE_URL"
    pg_restore --list "$1/.$now" >/dev/null
    sync "$1/.$now"
    mv "$1/.$now" "$1/credits-$now.dump"
    echo "$1/credits-$now.dump"
}

base() {
    mkdir -p "$1"
    pg_basebackup --pgdata="$1/base-$now" --wal-method=stream --checkpoint=fast \
        --dbname="$DATABASE_URL"
    pg_verifybackup --quiet "$1/base-$now"
    echo "$1/base-$now"
}

restore() {
    pg_restore --exit-on-error --single-transaction --no-owner --no-privileges \
        --dbname="$DATABASE_URL" "$1"
    # Who registers tomorrow must not get the number of somebody of the lost time.
    psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --output=/dev/null "$DATABASE_URL" \
        --command="SELECT setval('auth_user_id_seq', (SELECT coalesce(max(id), 0) + 100000 FROM auth_user))"
    cd "$site"
    python=${PYTHON:-python3}
    "$python" manage.py check_ledger
    "$python" manage.py reconcile_stripe --repair --since "${SINCE:-4d}" || unrepaired=$?
    "$python" manage.py check_ledger
    "$python" manage.py doctor || true # it says what is left to do
    return "${unrepaired:-0}"
}

case "${1:-}" in
dump | base | restore)
    [ $# -eq 2 ] || { echo "Usage: $0 $1 PATH" >&2; exit 64; }
    "$1" "$2"
    ;;
*)
    echo "Usage: $0 dump FOLDER | base FOLDER | restore DUMP" >&2
    exit 64
    ;;
esac
