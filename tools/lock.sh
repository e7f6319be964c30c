#!/usr/bin/env bash
# Compile both locks: tools/lock.sh [--upgrade]
# One resolution for every Python from 3.11 on and every system; hashes; no index addresses, no
# paths of this machine. requirements.lock is everything, the developers' tools too;
# requirements-run.lock is the part that the demo needs, at the same versions.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
  "${UV:-uv}" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
    pyproject.toml --group build "$@" >/dev/null
}

compile --all-extras --group dev --output-file requirements.lock "$@"
compile --extra admin --constraint requirements.lock --output-file requirements-run.lock
printf '%s\n' "已更新 requirements.lock 与 requirements-run.lock"
