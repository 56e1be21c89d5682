#!/bin/sh
# Installs Paju Geo into TARGET (a new folder) with no network; needs only the Python that python-version names.
set -eu
[ $# = 1 ] || { echo "usage: sh install.sh TARGET" >&2; exit 2; }
mkdir -p "$1"
target=$(cd "$1" && pwd)
cd "$(dirname "$0")"
sha256sum --quiet --check SHA256SUMS
"python$(cat python-version)" -m venv "$target"
"$target/bin/pip" install --quiet --disable-pip-version-check --no-index --find-links wheels --require-hashes \
    --requirement requirements.txt
echo "installed: $target/bin/geo (try: $target/bin/geo up --data /srv/paju)"
