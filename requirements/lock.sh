#!/usr/bin/env bash
# Resolves pyproject.toml anew into the locks: `make lock` (needs uv on the PATH).
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet "$@"; }
compile --extra train --extra web --extra pdf --extra heic --extra forms --extra postgres --extra batch --extra s3 --extra cluster --extra openvino --extra coreml --extra watch \
  --extra notebook --extra otel --extra docs --extra dev -c requirements/constraints.txt -o requirements/dev.lock
compile --group build -c requirements/dev.lock -o requirements/core.lock
# trackio keeps pillow below 13, so its tests have a lock of their own. It begins as the other, so that what both hold is the same.
cp requirements/dev.lock requirements/track.lock
compile --extra train --extra track --group track-tests -c requirements/constraints.txt -o requirements/track.lock
