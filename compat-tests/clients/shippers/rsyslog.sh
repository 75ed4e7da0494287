version() { "$root/usr/sbin/rsyslogd" -v | sed -n 's/^rsyslogd *\([0-9.]*\) .*/\1/p'; }

# start: the daemon with the configuration that standard input has.
start() {
  cat > "$work/conf"
  "$root/usr/sbin/rsyslogd" -n -f "$work/conf" -i "$work/pid" -M "$root/usr/lib/x86_64-linux-gnu/rsyslog" > "$work/said" 2>&1 &
}

# ships OPTION: lines that are there and lines that come later reach the topic; OPTION goes to omkafka.
ships() {
  lines 0 50 > "$work/in"
  start << CONF
global(workDirectory="$work")
module(load="imfile")
module(load="omkafka")
template(name="plain" type="string" string="%msg%")
input(type="imfile" file="$work/in" tag="in" ruleset="out")
ruleset(name="out") {
  action(type="omkafka" broker=["$BOOTSTRAP"] topic="$name" template="plain" $1)
}
CONF
  until_holds 'the first lines' holds "$(lines 0 50)"
  lines 50 100 >> "$work/in"
  until_holds 'the later lines' holds "$(lines 0 100)"
}

scenario_omkafka() { ships 'partitions.auto="on"'; }

scenario_omkafka_confirmed() {
  ships 'confParam=["compression.codec=lz4", "enable.idempotence=true"] resubmitOnFailure="on" closeTimeout="5000"'
}

scenario_imkafka() {
  lines 0 50 | kcat -b "$BOOTSTRAP" -P -t "$name"
  start << CONF
global(workDirectory="$work")
module(load="imkafka")
template(name="plain" type="string" string="%rawmsg%\n")
input(type="imkafka" topic="$name" broker=["$BOOTSTRAP"] consumergroup="$name" ruleset="out"
  confParam=["auto.offset.reset=earliest"])
ruleset(name="out") { action(type="omfile" file="$work/out" template="plain") }
CONF
  until_holds 'the records' eval "[ \"\$(cat '$work/out' 2> /dev/null)\" = \"\$(lines 0 50)\" ]"
  lines 50 100 | kcat -b "$BOOTSTRAP" -P -t "$name"
  until_holds 'the later records' eval "[ \"\$(cat '$work/out')\" = \"\$(lines 0 100)\" ]"
}
