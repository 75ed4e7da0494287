# member FILE GROUP [OPTION...] TOPIC: a member of a group that goes on; what it says of assignments goes to FILE.
member() {
  local file=$1 group=$2; shift 2
  # Not by the function k: the process to be ended is kcat itself.
  kcat -b "$BOOTSTRAP" -G "$group" -u -X auto.offset.reset=earliest -X session.timeout.ms=6000 -X heartbeat.interval.ms=200 "$@" \
    > "$file.out" 2> "$file" &
}

# has FILE COUNT: the last assignment in FILE has so many partitions.
has() { [ "$(grep 'assigned: ' "$1" | tail -n 1 | grep -o '\[[0-9]*\]' | wc -l)" = "$2" ]; }

# leaves PID: a member is asked to leave, and has left.
leaves() {
  kill -TERM "$1"
  wait "$1" || true
}

scenario_group() {
  same records "$(of_group "$name" 100 "$name" | wc -l)" 100
}

scenario_resume() {
  same 'the first five' "$(of_group "$name" 5 "$name")" "$(values 0 5)"
  same 'the others' "$(of_group "$name" 5 "$name")" "$(values 5 10)"
}

scenario_rebalance() {
  local one two
  member "$work/one" "$name" "$name"; one=$!
  until_holds 'four partitions' has "$work/one" 4
  member "$work/two" "$name" "$name"; two=$!
  until_holds 'two partitions of the first' has "$work/one" 2
  until_holds 'two partitions of the second' has "$work/two" 2
  leaves $two
  until_holds 'four partitions again' has "$work/one" 4
  leaves $one
}

scenario_static_member() {
  local pid
  for turn in one two; do
    member "$work/$turn" "$name" -X group.instance.id=one "$name"; pid=$!
    until_holds 'two partitions' has "$work/$turn" 2
    leaves $pid
  done
}

scenario_seek() {
  same 'offset 3' "$(k -C -q -t "$name" -o 3 -c 1)" v3
  same 'the beginning' "$(k -C -q -t "$name" -o beginning -c 1)" v0
  k -C -t "$name" -o end -e 2>&1 | grep -c 'at offset 10' >&2
}

scenario_seek_time() {
  same 'the offset' "$(offset 1600000004500)" 5
  same 'the record' "$(k -C -q -t "$name" -o s@1600000004500 -c 1)" v5
}

scenario_pattern() {
  same topics "$(of_group "$name" 2 -f '%t\n' "^$name-.*" | sort)" \
    "$name-a"$'\n'"$name-b"
}

scenario_many_groups() {
  local i
  for i in {0..9}; do
    same "group $i" "$(of_group "$name-$i" 10 "$name")" "$(values 0 10)"
  done
}

scenario_offset_reset() {
  member "$work/late" "$name" -X auto.offset.reset=latest "$name"
  until_holds 'the end' grep -q 'at offset 5' "$work/late"
  records 5 6 | write
  until_holds 'a record' test -s "$work/late.out"
  same 'the first record' "$(head -n 1 "$work/late.out")" v5
  same 'all records' "$(of_group "$name-earliest" 6 "$name")" "$(values 0 6)"
}

scenario_read_committed() {
  kcat -b "$BOOTSTRAP" -C -u -q -t "$name" -o beginning > "$work/committed" 2> "$work/said" &
  until_holds 'ten records' eval "[ \$(wc -l < '$work/committed') -ge 10 ]"
  # Two seconds in which nothing more may come.
  read -r -t 2 <> <(:) || true
  same 'committed records' "$(< "$work/committed")" "$(values 0 5; values 10 15)"
  same 'all records' "$(all -X isolation.level=read_uncommitted)" "$(values 0 16)"
}
