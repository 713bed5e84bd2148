#!/bin/sh
# The steps of the image, in any folder: install.sh SOURCE TARGET
#
# Leaves TARGET/site (the code, its static files compressed) and TARGET/venv (the packages of the
# lock, by their hashes). Needs Python 3.11 or newer and an index of packages; no compiler.
set -eu

source=$1
target=$2
python=${PYTHON:-python3}

mkdir -p "$target/site"
"$python" -m venv "$target/venv"
"$target/venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check \
    --require-hashes --only-binary :all: --requirement "$source/requirements/base.txt"

# What a site runs with; no tests, and nothing that is for laptops.
for part in api billing config credits deploy locale static templates manage.py; do
    cp -R "$source/$part" "$target/site/"
done
find "$target/site" -name __pycache__ -prune -exec rm -rf {} +

# Settings are demanded by name, and none of these is asked for anything here.
cd "$target/site"
ENV_FILE=/dev/null SECRET_KEY=none SITE_URL=http://localhost DATABASE_URL=postgres:///none \
    EMAIL_URL=consolemail:// "$target/venv/bin/python" manage.py collectstatic --no-input --verbosity 0
"$target/venv/bin/python" -m compileall -q "$target/site"
