# What the `install` and `run` scripts of the clients share; source it. Needs bash, and the environment of contract.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
mkdir -p "$CACHE"

# up_to_date: whether $CACHE holds what this state of the folder installs. After a successful install: installed.
state() { (cd "$here" && echo "$PROGRAM $VERSION" && find . -type f | sort | xargs sha256sum) | sha256sum; }
up_to_date() { [ "$(cat "$CACHE/installed" 2> /dev/null)" = "$(state)" ]; }
installed() { state > "$CACHE/installed"; }

# venv REQUIREMENTS: a new virtual environment in $CACHE/venv, with exactly what this file names.
venv() {
  rm -rf "$CACHE/venv"
  python3 -m venv "$CACHE/venv"
  "$CACHE/venv/bin/pip" install --quiet --only-binary :all: --requirement "$1" >&2
}

# apt_installed PACKAGE...: Debian's packages, one install at a time.
apt_installed() {
  local name missing=()
  for name; do
    [ "$(dpkg-query -W -f '${Status}' "$name" 2> /dev/null)" = "install ok installed" ] || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null || { echo "needed and not installed: ${missing[*]}" >&2; return 69; }
  (
    flock 9
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } >&2
  ) 9> /tmp/ottla-matrix-apt.lock
}
