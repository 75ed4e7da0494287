# What the scenarios share.

# kcat against the broker, without the notes about the progress.
k() { kcat -b "$BOOTSTRAP" "$@"; }

# write [OPTION...]: lines of key:value from standard input to the scenario's topic.
write() { k -P -t "$name" -K: "$@"; }

# of_group GROUP COUNT [OPTION...] TOPIC: the first so many records that a member of the group is given.
of_group() { k -G "$1" -q -c "$2" -X auto.offset.reset=earliest "${@:3}"; }

# all [OPTION...]: the whole topic, a line for each record, in the default format value only.
all() { k -C -q -e -t "$name" -o beginning "$@"; }

# records FROM TO: the records as lines of key:value, TO exclusive.
records() {
  local i
  for ((i = $1; i < $2; i++)); do echo "k$i:v$i"; done
}

values() { records "$1" "$2" | cut -d: -f2; }

# same WHAT FOUND WANTED
same() { [ "$2" = "$3" ] || { echo "$1: ${2:0:100} instead of ${3:0:100}" >&2; return 1; }; }

# fails COMMAND...: it has to.
fails() { if "$@"; then return 1; fi; }

# offset TIME: the topic's offset at a time; -1 asks for the end, -2 for the beginning.
offset() { k -Q -t "$name:0:$1" | sed 's/.*offset //'; }
