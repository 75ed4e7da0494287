# What the scripts beside this file share; source it. Needs bash.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
export KAFKA_LIBS=$target/oracle/libs

# Ends with one line that says what is missing.
need() {
  local tool
  for tool; do
    command -v "$tool" > /dev/null || { echo "${0##*/}: $tool is needed and not installed" >&2; exit 69; }
  done
}

# maven NAME FOLDER PROPERTY: builds compat-tests/FOLDER into target/NAME, once for each state of its sources.
maven() {
  local name=$1 from=$root/compat-tests/$2 into=$target/$1 state
  need java mvn
  state=$(cd "$from" && find pom.xml src -type f | sort | xargs sha256sum | sha256sum)
  [ "$(cat "$into/built" 2> /dev/null)" = "$state" ] && return
  echo "$name: Maven brings Apache Kafka's jars" >&2
  (cd "$from" && mvn -q -B package -D"$3"="$into") >&2
  echo "$state" > "$into/built"
}

oracle() { maven oracle java oracle.dir; }

# The command of the broker under test, as compat-tests/apache/README.md describes BROKER_CMD:
# BROKER=ottla (default; OTTLA names another binary than target/release/ottla, or the image's where there is none) or
# BROKER=kafka.
broker_command() {
  export BROKER=${BROKER:-ottla} AIT_CACHE=${AIT_CACHE:-$target/apache-it-cache}
  export BROKER_CMD=$root/compat-tests/apache/brokers/$BROKER.sh
  [ "$BROKER" != kafka ] || { export OTTLA=${OTTLA:-$target/release/ottla}; oracle; return; }
  [ -n "${OTTLA:-}" ] || [ ! -x "$target/release/ottla" ] || OTTLA=$target/release/ottla
  static_binary
}

# static_binary: OTTLA=the binary of the image, which needs nothing of the machine that it runs on; builds it where it is
# not given.
static_binary() {
  local triple flags="-C target-feature=+crt-static"
  triple=$(uname -m)-unknown-linux-gnu
  export OTTLA=${OTTLA:-$target/$triple/release/ottla}
  [ "$OTTLA" != "$target/$triple/release/ottla" ] && [ -x "$OTTLA" ] && return
  # For size: functions that are the same once (rustc brings the linker for it on x86-64), and relocations packed where
  # the C library at its start can unpack them.
  case $triple in x86_64-*) flags="$flags -C link-arg=-Wl,--icf=all" ;; esac
  case $(getconf GNU_LIBC_VERSION) in 'glibc 2.'[0-9] | 'glibc 2.'[12]? | 'glibc 2.3'[0-5]) ;; 'glibc '*) flags="$flags -C link-arg=-Wl,-z,pack-relative-relocs" ;; esac
  (cd "$root" && RUSTFLAGS=$flags cargo build --release --bin ottla --target "$triple") >&2
}

# Compares what a run of the compat tests noted in COMPAT_ANSWERS with the table of codes.
answer_codes() {
  cargo test --package compat-tests --test compat --quiet -- --ignored --exact \
    answer_codes::every_code_was_answered_and_every_version_asked
}

# kcat, by apt where that is allowed.
kcat_installed() {
  command -v kcat > /dev/null && return
  [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null || need kcat
  { apt-get update -q && apt-get install -q -y kcat; } > /dev/null 2>&1 || need kcat
}
