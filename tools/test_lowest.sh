#!/usr/bin/env bash
# The unit tests on the lowest versions that pyproject.toml allows: tools/test_lowest.sh [pytest arguments]
# Direct dependencies at their lowest, what they need at its newest; the developers' tools as locked.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-uv}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$uv" pip compile --quiet --python-version 3.11 --resolution lowest-direct --all-extras \
  --no-emit-index-url --no-emit-find-links pyproject.toml --output-file "$scratch/lowest.txt" >/dev/null
"$uv" pip compile --quiet --python-version 3.11 --no-emit-index-url --no-emit-find-links \
  --group dev --group build pyproject.toml \
  --constraint "$scratch/lowest.txt" --output-file "$scratch/dev.txt" >/dev/null
"$uv" venv --quiet --python 3.11 "$scratch/venv"
"$uv" pip install --quiet --python "$scratch/venv/bin/python" \
  --requirement "$scratch/lowest.txt" --requirement "$scratch/dev.txt"
"$uv" pip install --quiet --python "$scratch/venv/bin/python" --no-deps --no-build-isolation --editable .
"$scratch/venv/bin/python" -m pytest -n 2 --dist loadfile tests/unit tests/property "$@"
