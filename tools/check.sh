#!/usr/bin/env bash
# Format, lint, types, import borders, dead code, generated files. Runs all of them, then says which failed.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

failed=()
step() {
  local name=$1
  shift
  printf '\033[1m==> %s\033[0m\n' "$name"
  "$@" || failed+=("$name")
}

step 'format and lint' biome check .
step 'types' tsc -p tsconfig.json
for package in model core control; do step "purity of $package" tsc -p "packages/$package"; done
step 'the console, by what browsers have' tsc -p packages/console
step 'the agent, by what old versions have' tsc -p packages/agent
step 'import borders' node tools/borders.ts
step 'dead code' knip --no-progress
step 'generated files' node packages/model/build/generate.ts --check

[ "${#failed[@]}" -eq 0 ] || { printf 'failed: %s\n' "${failed[@]}" >&2; exit 1; }
