#!/usr/bin/env bash
# run.sh OUT.tsv [CLASS | CLASS#METHOD-REGEX | @FILE]...      (no class: @classes.txt)
# Each class runs in a JVM of its own; results are appended to OUT.tsv as tests end.
# Either BROKER_CMD (a fresh broker for each test, see README.md) or BOOTSTRAP must be set.
# AIT_BUILT: where `mvn package` put classes and libs (target/apache-it of the workspace).
# JOBS: classes at a time (1). AIT_CLASS_LIMIT: seconds for one class (3000).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1; shift
built=${AIT_BUILT:-$here/../../target/apache-it}
[ -d "$built/libs" ] || (cd "$here" && mvn -q -B package -Dait.dir="$built")
[ $# -gt 0 ] || set -- "@$here/classes.txt"
list=()
for a in "$@"; do
  case $a in
    @*) while read -r line; do line=${line%%[[:space:]]*}; case $line in ''|'#'*) ;; *) list+=("$line");; esac; done < "${a#@}";;
    *) list+=("$a");;
  esac
done
export AIT_CP=$built/classes:$built/libs/*
export AIT_PLUGIN_JARS=${AIT_PLUGIN_JARS-$(echo "$built"/libs/*-test.jar "$built"/libs/kafka-test-common-*.jar | tr ' ' :)}
export AIT_OUT=$(mktemp -d) AIT_BASE=${AIT_PORT_BASE:-29092}
one() {
  slot=0; while ! mkdir "$AIT_OUT/slot$slot" 2>/dev/null; do slot=$((slot + 1)); done
  export AIT_PORT_BASE=$((AIT_BASE + 100 * slot))
  part=$AIT_OUT/$(printf %s "$1" | md5sum | cut -c1-12)
  rc=0
  timeout -k 10 "${AIT_CLASS_LIMIT:-3000}" java -Xmx1500m -XX:TieredStopAtLevel=1 -XX:+EnableDynamicAgentLoading -Xshare:auto \
    -cp "$AIT_CP" ait.Runner "$part.tsv" "$1" > "$part.log" 2>&1 || rc=$?
  [ "$rc" = 0 ] || printf '%s\tHUNG\t0\t\trunner exit %s\n' "$1" "$rc" >> "$part.tsv"
  [ -s "$part.tsv" ] || printf '%s\tNONE\t0\t\tno test found\n' "$1" >> "$part.tsv"
  flock "$AIT_OUT/lock" cat "$part.tsv" >> "$2"
  [ -z "${AIT_LOGS:-}" ] || { mkdir -p "$AIT_LOGS"; cp "$part.log" "$AIT_LOGS/${1%%#*}.log"; }
  rmdir "$AIT_OUT/slot$slot"
  awk -F'\t' -v c="$1" '{n[$2]++; t += $3} END {printf "%s: %d pass %d fail %d skip %d hung, %.0f s\n", c, n["PASS"], n["FAIL"], n["SKIP"], n["HUNG"], t}' "$part.tsv"
}
export -f one
printf '%s\n' "${list[@]}" | xargs -P "${JOBS:-1}" -I{} bash -c 'one "$1" "$2"' _ {} "$out"
rm -rf "$AIT_OUT"
