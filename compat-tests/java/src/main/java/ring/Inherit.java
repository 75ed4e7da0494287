package ring;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** A data folder that Apache Kafka wrote is opened by Ottla, written on, and given back. */
final class Inherit {
    private static final Set<String> TOPICS = new TreeSet<>(List.of("mixed", "stamped", "compacted", "transactions"));
    private static final String COMPACTED = "compacted-0";
    /** Quick cleaning, and segments of the least size that Kafka allows. */
    private static final String[] SETTINGS = {
        "log.cleaner.backoff.ms=200", "log.segment.bytes=1048576", "log.retention.check.interval.ms=1000",
        "transaction.state.log.num.partitions=2", "log.initial.task.delay.ms=100"
    };

    private Inherit() { }

    static void run(Path dir) throws Exception {
        if (!Look.isThere())
            return;
        folder(dir.resolve("inherit-stopped"), false);
        folder(dir.resolve("inherit-killed"), true);
    }

    private static void folder(Path dir, boolean killed) throws Exception {
        // Both ways that Kafka has to form a quorum of one.
        String[] settings = Arrays.copyOf(SETTINGS, SETTINGS.length + 1);
        settings[SETTINGS.length] = "ait.standalone=" + killed;
        Broker kafka = Broker.of("kafka", dir, settings);
        kafka.start();
        write(kafka);
        Map<TopicPartition, OffsetAndMetadata> committed = Map.of(
            new TopicPartition("mixed", 0), new OffsetAndMetadata(17, "here"), new TopicPartition("mixed", 1), new OffsetAndMetadata(3));
        Records.commit(kafka, "readers", committed);
        Map<String, List<String>> wanted = Records.all(kafka, "read_uncommitted", TOPICS);
        Map<TopicPartition, OffsetAndMetadata> offsets = Records.committed(kafka, "readers");
        String topics = topics(kafka);
        end(kafka, killed);
        Look.verify(kafka.data());
        if (!killed)
            Dump.folder(kafka.data());

        Broker ottla = Broker.of("ottla", dir, settings);
        ottla.start();
        compare(ottla, wanted, offsets, topics, "Ottla over Kafka's folder");
        more(ottla, "ottla");
        Map<String, List<String>> grown = Records.all(ottla, "read_uncommitted", TOPICS);
        expectKept(wanted, grown, "Ottla after writing");
        Map<TopicPartition, OffsetAndMetadata> moved = Records.committed(ottla, "readers");
        String changed = topics(ottla);
        end(ottla, killed);
        Look.verify(ottla.data());
        if (!killed)
            Dump.folder(ottla.data());

        Broker again = Broker.of("kafka", dir, settings);
        again.start();
        compare(again, grown, moved, changed, "Kafka over what Ottla gave back");
        more(again, "kafka");
        Map<String, List<String>> last = Records.all(again, "read_uncommitted", TOPICS);
        expectKept(grown, last, "Kafka after writing");
        again.stop();
        Look.verify(again.data());
    }

    private static void expectKept(Map<String, List<String>> before, Map<String, List<String>> after, String what) {
        before.forEach((partition, records) -> {
            if (!partition.equals(COMPACTED))
                Records.expectStart(records, after.get(partition), what + ", " + partition);
        });
    }

    private static void compare(Broker broker, Map<String, List<String>> records, Map<TopicPartition, OffsetAndMetadata> offsets,
                                String topics, String what) throws Exception {
        Map<String, List<String>> got = Records.all(broker, "read_uncommitted", TOPICS);
        Records.expectSame(Records.latest(records, COMPACTED), Records.latest(got, COMPACTED), what);
        Ring.expectEquals(offsets, Records.committed(broker, "readers"), what + ": committed offsets");
        Ring.expectEquals(topics, topics(broker), what + ": topics");
    }

    private static void write(Broker broker) throws Exception {
        Admin.create(broker, "mixed", 2);
        Admin.create(broker, "stamped", 1, "message.timestamp.type=LogAppendTime", "compression.type=zstd");
        Admin.create(broker, "compacted", 1, "cleanup.policy=compact", "min.cleanable.dirty.ratio=0.01", "delete.retention.ms=100000");
        Admin.create(broker, "transactions", 1);
        Admin.create(broker, "passing", 1);
        Records.mixed(broker, "mixed", 2_000, 200);
        Records.mixed(broker, "stamped", 300, 200);
        Records.keyed(broker, "compacted", 12_000, 500, 400);
        Records.mixed(broker, "compacted-not", 10, 5); // auto-created
        Records.transactions(broker, "transactions", "writer", 6);
        Admin.topic(broker, "--delete", "--topic", "passing");
        Aged.awaitCleaned(broker.data(), "compacted", 1);
    }

    /** What a new owner does: records everywhere, a new topic, a changed and a grown one, offsets. */
    private static void more(Broker broker, String tag) throws Exception {
        Records.mixed(broker, "mixed", 50, 20);
        Records.keyed(broker, "stamped", 20, 5, 100);
        Records.keyed(broker, "compacted", 2_000, 100, 400);
        Records.keyed(broker, "transactions", 20, 5, 100);
        Admin.create(broker, "by-" + tag, 3, "retention.ms=7200000");
        Records.keyed(broker, "by-" + tag, 30, 7, 100);
        try (org.apache.kafka.clients.admin.Admin admin = Records.admin(broker)) {
            int grown = admin.describeTopics(List.of("by-" + tag)).allTopicNames().get().get("by-" + tag).partitions().size() + 1;
            admin.createPartitions(Map.of("by-" + tag, NewPartitions.increaseTo(grown))).all().get();
        }
        Records.commit(broker, "readers", Map.of(new TopicPartition("mixed", 0), new OffsetAndMetadata(40, tag)));
    }

    /** Topics with ids and configs, as TopicCommand describes them. */
    private static String topics(Broker broker) throws Exception {
        List<String> lines = Admin.topic(broker, "--describe").lines()
            .filter(line -> line.contains("TopicId:") && !line.contains("Topic: __"))
            // Defaults of the broker are shown by some brokers only.
            .map(line -> line.replaceAll("\\s+", " ").replaceAll(" Configs:.*", "")).sorted().toList();
        return String.join("\n", lines);
    }

    private static void end(Broker broker, boolean killed) throws Exception {
        if (killed)
            broker.kill();
        else
            broker.stop();
    }
}
