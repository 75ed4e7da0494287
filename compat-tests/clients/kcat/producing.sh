scenario_acks() {
  records 0 10 | write -p 0 -X acks=0
  records 0 10 | write -p 1 -X acks=1
  records 0 10 | write -p 2 -X acks=all
}

codec() {
  local filler i
  filler=$(printf 'x%.0s' {1..1000})
  for ((i = 0; i < 100; i++)); do echo "k$i:v$i-$filler"; done > "$work/records"
  write -z "$1" -X linger.ms=50 < "$work/records"
  all -f '%k:%s\n' | cmp - "$work/records" >&2
}
scenario_codec_gzip() { codec gzip; }
scenario_codec_snappy() { codec snappy; }
scenario_codec_lz4() { codec lz4; }
scenario_codec_zstd() { codec zstd; }

scenario_keys() {
  records 0 100 | write
  records 0 100 | write
}

scenario_headers() {
  records 0 1 | write -H a=1 -H a=2 -H empty=
  same headers "$(all -f '%h')" a=1,a=2,empty=
}

scenario_headers_null() {
  records 0 1 | write -H n
  same headers "$(all -f '%h')" n=NULL
}

scenario_nulls() {
  echo k0: | write -Z
  echo v1 | k -P -t "$name"
  echo : | write
  # The lengths of key and value; -1 is null.
  same records "$(all -f '%K %S,')" '2 -1,-1 2,0 0,'
}

scenario_idempotence() { records 0 100 | write -X enable.idempotence=true -X batch.num.messages=10; }

scenario_large() {
  head -c 5000000 /dev/zero | tr '\0' x > "$work/large"
  k -P -t "$name" -k k0 -X message.max.bytes=8388608 "$work/large"
  all -f '%s' -X fetch.message.max.bytes=8388608 | cmp - "$work/large" >&2
}

scenario_too_large() {
  head -c 20000 /dev/zero | tr '\0' x > "$work/large"
  fails k -P -t "$name" -k k0 "$work/large" 2> "$work/said"
  grep -q 'Message size too large' "$work/said"
  records 0 1 | write
}

scenario_bulk() {
  local i
  for ((i = 0; i < 20000; i++)); do echo "k$((i % 100)):v$i"; done > "$work/records"
  write < "$work/records"
  of_group "$name" 20000 -f '%k:%s\n' "$name" > "$work/read"
  # The values of each key in order: a sort by key that keeps the order else.
  sort -s -t: -k1,1 "$work/records" > "$work/wanted"
  sort -s -t: -k1,1 "$work/read" | cmp - "$work/wanted" >&2
}

scenario_many_partitions() {
  local p
  for p in {0..99}; do echo "k$p:v$p" | write -p "$p"; done
  same records "$(all -f '%p %s\n' | sort -n)" "$(for p in {0..99}; do echo "$p v$p"; done)"
}

scenario_auto_create() { records 0 10 | write; }

scenario_unknown_topic() {
  records 0 1 > "$work/record"
  fails write -X allow.auto.create.topics=false -X topic.metadata.propagation.max.ms=1000 < "$work/record" 2> "$work/said"
  grep -qi 'unknown topic' "$work/said"
}
