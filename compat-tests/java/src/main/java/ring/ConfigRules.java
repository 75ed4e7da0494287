package ring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.storage.internals.log.LogConfig;

/** What Apache Kafka's own rules say to topic configs, as the table that the test config_rules asks Ottla about. */
final class ConfigRules {
    private static final String HEADING = "# What LogConfig.validate of Apache Kafka says to these configs of a new topic; "
        + "RING_WRITE=1 scripts/ring-java rules writes it.\n";
    private static final String[] NUMBERS = {"", " ", "x", "-9223372036854775809", "-9223372036854775808", "-2147483649",
        "-2147483648", "-131073", "-131072", "-3", "-2", "-1", "0", "1", "2", "3", "4", "9", "10", "17", "18", "22", "23", "1048575",
        "1048576", "2147483647", "2147483648", "9223372036854775807", "9223372036854775808", " 5 ", "+5", "5.0", "5e0", "0x5", "5L", "1_000"};
    // No hexadecimal ones, which Java alone reads.
    private static final String[] DOUBLES = {"", "x", "-0.1", "-0", "0", "0.5", ".5", "1", "1.", "1.0000001", "2", "1e-3", "1e400", "-1e400",
        "NaN", "Infinity", "-Infinity", "inf", "nan", "infinity", "0.5f", "0.5d", " 0.5 ", "+0.5", "0,5"};
    private static final String[] FLAGS = {"", "true", "false", "TRUE", "False", " true ", "1", "0", "yes", "x"};
    private static final String[] TEXTS = {"", " ", "x", "producer", " producer ", "PRODUCER", "uncompressed", "none", "gzip", "snappy", "lz4",
        "zstd", "gzip,lz4", "CreateTime", "LogAppendTime", "createtime", " LogAppendTime ", "NoTimestampType"};
    private static final String[] LISTS = {"", " ", "delete", "compact", "compact,delete", "delete,compact", " compact , delete ",
        "delete,delete", "compact,compact", "Compact", "none", "delete,none", ",", ",delete", "delete,", "delete,,compact", "*", "*,0:1", "0:1", "0:1,1:2",
        "0:1,0:2", "0:1,0:1", "0", "0:", ":1", "a:b", "-1:1", "0:-1", "0 : 1", "0:1:2", "99999999999:1"};
    private static final String[] TOGETHER = {
        "min.compaction.lag.ms=10\tmax.compaction.lag.ms=2", "min.compaction.lag.ms=2\tmax.compaction.lag.ms=2",
        "min.compaction.lag.ms=2\tmax.compaction.lag.ms=10", "min.compaction.lag.ms=9223372036854775807\tmax.compaction.lag.ms=9223372036854775806",
        "cleanup.policy=delete\tmin.compaction.lag.ms=10\tmax.compaction.lag.ms=2",
        "cleanup.policy=compact\tretention.ms=5", "cleanup.policy=\tretention.ms=5", "segment.jitter.ms=10\tsegment.ms=5",
        "segment.bytes=1048576\tmax.message.bytes=2097152", "internal.segment.bytes=1", "internal.segment.bytes=0", "internal.segment.bytes=-1",
        "internal.segment.bytes=100\tsegment.bytes=1", "internal.segment.bytes=x", "retention.ms=5\tlocal.retention.ms=6",
        "retention.bytes=5\tlocal.retention.bytes=6", "retention.ms=5\tlocal.retention.ms=-1", "retention.ms=-1\tlocal.retention.ms=5",
        "remote.storage.enable=false\tlocal.retention.ms=9\tretention.ms=5", "remote.storage.enable=true\tcleanup.policy=compact",
        "remote.storage.enable=true\tcleanup.policy=delete", "remote.storage.enable=true\tlocal.retention.ms=9\tretention.ms=5",
        "remote.storage.enable=true\tremote.log.copy.disable=true", "remote.log.copy.disable=true\tremote.log.delete.on.disable=true",
        "remote.storage.enable=false\tremote.log.delete.on.disable=true", "remote.storage.enable=true\tmin.compaction.lag.ms=10\tmax.compaction.lag.ms=2",
        "compression.type=gzip\tcompression.gzip.level=0", "compression.type=gzip\tcompression.lz4.level=18", "compression.type=none",
        "message.format.version=3.0", "message.timestamp.difference.max.ms=5", "message.downconversion.enable=true",
        "errors.deadletterqueue.group.enable=true", "remote.copy.lag.ms=1", "remote.copy.lag.bytes=1", "log.retention.ms=5", "Retention.Ms=5",
        " retention.ms=5", "no.such=1", "no.such=1\tretention.ms=x", "min.insync.replicas=2", "min.insync.replicas=32768"};

    private ConfigRules() { }

    /** The table that is checked in says what this release of Apache Kafka says. */
    static void run() throws Exception {
        Path table = Path.of(System.getProperty("ring.root"), "compat-tests/tests/compat/config_rules.tsv");
        String fresh = table();
        if (System.getenv("RING_WRITE") != null)
            Files.writeString(table, fresh);
        Records.expectStart(fresh.lines().toList(), Files.readString(table).lines().toList(), table.toString());
    }

    private static String table() {
        Map<String, Object> broker = new kafka.server.KafkaConfig(Map.of("process.roles", "broker,controller", "node.id", "1",
            "controller.quorum.voters", "1@localhost:9093", "listeners", "PLAINTEXT://:9092,CONTROLLER://:9093",
            "controller.listener.names", "CONTROLLER"), false).extractLogConfigMap();
        StringBuilder out = new StringBuilder(HEADING);
        for (String line : cases()) {
            Map<String, String> configs = new TreeMap<>();
            for (String pair : line.split("\t"))
                configs.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
            String verdict = "ok";
            try {
                LogConfig.validate(Map.of(), configs, broker, false);
            } catch (ConfigException | InvalidConfigurationException refused) {
                verdict = refused.getMessage();
            }
            Ring.expect(verdict.lines().count() == 1 && verdict.indexOf('\t') < 0, verdict);
            out.append(verdict).append('\t').append(line).append('\n');
        }
        return out.toString();
    }

    private static Set<String> cases() {
        Set<String> cases = new LinkedHashSet<>();
        for (var config : new TreeMap<>(LogConfig.configKeys()).values()) {
            List<String> values = new ArrayList<>(List.of(values(config.type)));
            if (config.defaultValue != null && config.type != Type.LIST)
                values.add(config.defaultValue.toString());
            values.forEach(value -> cases.add(config.name + "=" + value));
        }
        cases.addAll(List.of(TOGETHER));
        return cases;
    }

    private static String[] values(Type type) {
        return switch (type) {
            case BOOLEAN -> FLAGS;
            case DOUBLE -> DOUBLES;
            case LIST -> LISTS;
            case STRING -> TEXTS;
            default -> NUMBERS;
        };
    }
}
