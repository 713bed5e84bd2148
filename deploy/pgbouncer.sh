#!/bin/sh
# Write the one user's password where PgBouncer looks for it, and become PgBouncer.
set -eu
umask 077
escaped=$(printf '%s' "$DATABASE_PASSWORD" | sed 's/"/""/g')
printf '"site" "%s"\n' "$escaped" >/tmp/users.txt
exec pgbouncer /etc/pgbouncer/pgbouncer.ini
