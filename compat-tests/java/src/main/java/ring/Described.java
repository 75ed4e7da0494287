package ring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.ConfigResource.Type;

/**
 * Every config that the broker under test describes, of brokers, topics, groups and client metrics, with type, value, source, flags and
 * synonyms, against the table of what Apache Kafka answers. RING_WRITE=1 BROKER=kafka scripts/ring-java described writes it.
 */
final class Described {
    /** What no two starts have in common: where they listen and keep their data. */
    private static final Set<String> OF_THE_START = Set.of("advertised.listeners", "controller.listener.names", "controller.quorum.voters",
        "inter.broker.listener.name", "listener.security.protocol.map", "listeners", "log.dirs", "process.roles");

    private Described() { }

    static void run(Path dir) throws Exception {
        Path table = Path.of(System.getProperty("ring.root"), "compat-tests/tests/compat/described_configs.tsv");
        Broker broker = new Broker(dir, "broker.rack=r1", "log.retention.minutes=20000", "log.flush.scheduler.interval.ms=60000", "num.io.threads=9",
            "ssl.key.password=secret", "message.max.bytes=2000000", "group.consumer.session.timeout.ms=46000", "made.up=1",
            "listener.name.external.max.connections=5", "listener.name.external.ssl.key.password=secret", "replica.alter.log.dirs.io.max.bytes.per.second=1000",
            "background.threads= 07", "log.cleaner.min.cleanable.ratio=.25", "ssl.cipher.suites= a , b,a", "compression.gzip.level=-1");
        broker.start();
        List<String> fresh;
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.address()))) {
            fresh = ask(admin);
        } finally {
            broker.stop();
        }
        if (System.getenv("RING_WRITE") != null)
            Files.writeString(table, String.join("\n", fresh) + "\n");
        List<String> explained = Files.readAllLines(table.resolveSibling("described_configs_explained.tsv")).stream()
            .filter(line -> !line.startsWith("#")).map(line -> line.substring(0, line.indexOf('\t'))).toList();
        fresh.removeIf(line -> line.contains("\t") && explained.contains(line.split("\t")[1]));
        List<String> wanted = new ArrayList<>(Files.readAllLines(table));
        wanted.removeIf(line -> line.contains("\t") && explained.contains(line.split("\t")[1]));
        List<String> differ = new ArrayList<>();
        fresh.stream().filter(line -> !wanted.contains(line)).map("here "::concat).forEach(differ::add);
        wanted.stream().filter(line -> !fresh.contains(line)).map("Kafka "::concat).forEach(differ::add);
        differ.sort(Comparator.comparing(line -> line.substring(line.indexOf(' ') + 1)));
        Ring.expect(differ.isEmpty(), "\n" + String.join("\n", differ));
    }

    private static List<String> ask(Admin admin) throws Exception {
        admin.createTopics(List.of(new NewTopic("described", 1, (short) 1).configs(Map.of("retention.ms", "5000", "cleanup.policy", "compact")))).all().get();
        ConfigResource broker = new ConfigResource(Type.BROKER, "1"), topic = new ConfigResource(Type.TOPIC, "described");
        ConfigResource group = new ConfigResource(Type.GROUP, "described"), metrics = new ConfigResource(Type.CLIENT_METRICS, "described");
        ConfigResource all = new ConfigResource(Type.BROKER, "");
        admin.incrementalAlterConfigs(Map.of(
            broker, List.of(set("log.segment.bytes", "20000000"), set("max.connections", "1000")),
            all, List.of(set("log.segment.bytes", "30000000"), set("log.cleaner.threads", "2"), set("log.retention.ms", "900000000"), set("made.up.too", "1"),
                set("replica.alter.log.dirs.io.max.bytes.per.second", "2000")),
            group, List.of(set("consumer.session.timeout.ms", "47000")),
            metrics, List.of(set("interval.ms", "1000"), set("match", "client_id=a")))).all().get();
        // Kafka's brokers learn of it a moment later.
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (!knows(admin, broker, "20000000") || !knows(admin, all, "30000000") || !knows(admin, topic, "20000000"))
            Ring.expect(System.nanoTime() < deadline, "the changes are not seen");
        List<String> out = new ArrayList<>();
        out.add("# What Apache Kafka describes: resource, config, type, value, source, flags, whether it is documented, synonyms (scripts/ring-java described).");
        Map<ConfigResource, org.apache.kafka.clients.admin.Config> answers = new TreeMap<>(Comparator.comparing(ConfigResource::toString));
        answers.putAll(admin.describeConfigs(List.of(broker, all, topic, group, metrics),
            new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true)).all().get());
        answers.forEach((resource, config) -> config.entries().stream().sorted(Comparator.comparing(ConfigEntry::name))
            .filter(entry -> !entry.name().startsWith("ottla.")).map(entry -> line(resource, entry)).forEach(out::add));
        return out;
    }

    private static boolean knows(Admin admin, ConfigResource resource, String size) throws Exception {
        var entries = admin.describeConfigs(List.of(resource)).all().get().get(resource).entries();
        return entries.stream().anyMatch(entry -> entry.name().endsWith("segment.bytes") && size.equals(entry.value()));
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    private static String line(ConfigResource resource, ConfigEntry entry) {
        boolean varies = OF_THE_START.contains(entry.name());
        String synonyms = entry.synonyms().stream().map(s -> s.name() + "=" + (varies ? "..." : s.value()) + "@" + s.source()).collect(Collectors.joining(";"));
        String flags = (entry.isReadOnly() ? "read-only" : "") + (entry.isSensitive() ? "sensitive" : "");
        boolean documented = entry.documentation() != null && !entry.documentation().isEmpty();
        return String.join("\t", resource.type() + (resource.name().isEmpty() ? " default" : ""), entry.name(), entry.type().toString(),
            varies ? "..." : String.valueOf(entry.value()), varies ? "..." : entry.source().toString(), flags, documented ? "documented" : "undocumented",
            varies ? "..." : synonyms);
    }
}
