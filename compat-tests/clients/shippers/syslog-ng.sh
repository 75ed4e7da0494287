export LD_LIBRARY_PATH=$root/usr/lib/syslog-ng
modules=$root/usr/lib/syslog-ng/3.38

version() { "$root/usr/sbin/syslog-ng" --version --module-path="$modules" | sed -n 's/^Installer-Version: *//p'; }

# ships OPTION: lines that are there and lines that come later reach the topic; OPTION goes to the destination.
ships() {
  lines 0 50 > "$work/in"
  cat > "$work/conf" << CONF
@version: 3.38
@define syslog-ng-data "$root/usr/share/syslog-ng"
source in { file("$work/in" flags(no-parse) follow-freq(0.1)); };
destination out { kafka-c(bootstrap-servers("$BOOTSTRAP") topic("$name") message("\$MSG") $1); };
log { source(in); destination(out); };
CONF
  "$root/usr/sbin/syslog-ng" --foreground --no-caps --cfgfile="$work/conf" --module-path="$modules" \
    --persist-file="$work/persist" --pidfile="$work/pid" --control="$work/control" \
    > "$work/said" 2>&1 &
  until_holds 'the first lines' holds "$(lines 0 50)"
  lines 50 100 >> "$work/in"
  until_holds 'the later lines' holds "$(lines 0 100)"
}

scenario_kafka() { ships ''; }

scenario_kafka_confirmed() { ships 'sync-send(yes) config(compression.codec("zstd") enable.idempotence("true"))'; }
