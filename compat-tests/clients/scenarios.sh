# What the `run` scripts share that are scenarios of commands; source it after lib.sh.

# run_scenarios: each of $SCENARIOS is the function of its name, with scenario_ before it and _ for -. The first command that
# fails ends it, and the last line that it wrote is the reason. It has the topic's name in $name and an empty folder in
# $work, which goes at its end with all that still runs.
run_scenarios() {
  local scenario status said=$CACHE/said
  for scenario in $SCENARIOS; do
    # Not in an `if`, where a failing command would end nothing.
    set +e
    (set -e; run_scenario "$scenario") > "$said" 2>&1 < /dev/null
    status=$?
    set -e
    if [ $status = 0 ]; then
      printf '{"scenario": "%s", "ok": true}\n' "$scenario"
    else
      cat "$said" >&2
      printf '{"scenario": "%s", "ok": false, "why": "%s"}\n' "$scenario" "$(tail -n 1 "$said" | tr -d '"\\\t' | cut -c1-300)"
    fi
  done
}

run_scenario() {
  name=$PREFIX-$1
  work=$(mktemp -d "$CACHE/run.XXXXXX")
  trap 'kill $(jobs -p) 2> /dev/null || true; wait; rm -rf "$work"' EXIT
  "scenario_${1//-/_}"
}

# until_holds WHAT COMMAND...: repeats the command until it succeeds; when it never does, what $work/said has is shown.
until_holds() {
  local what=$1 end=$((SECONDS + 20)); shift
  until "$@"; do
    [ $SECONDS -lt $end ] || { cat "$work/said" 2> /dev/null; echo "waited in vain for $what"; return 1; } >&2
    read -r -t 0.02 <> <(:) || true
  done
}
