package matrix;

import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.connect.mirror.Checkpoint;
import org.apache.kafka.connect.mirror.Heartbeat;
import org.apache.kafka.connect.mirror.RemoteClusterUtils;

/** A running MirrorMaker, and what has to come through it. */
final class Mirror implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path folder = Files.createTempDirectory("mirror");
    private Child child;

    Mirror() throws Exception {
        child = start();
    }

    private Child start() throws Exception {
        String topics = System.getenv("PREFIX") + "-.*";
        Map<String, String> configs = new HashMap<>(Map.of("clusters", "a, b", "a.bootstrap.servers", Plain.BOOTSTRAP,
                "b.bootstrap.servers", Plain.BOOTSTRAP, "a->b.enabled", "true", "b->a.enabled", "false",
                "a->b.topics", topics, "a->b.groups", topics, "b->a.emit.heartbeats.enabled", "false", "tasks.max", "1"));
        for (String one : List.of("", "checkpoints.topic.", "heartbeats.topic.", "offset-syncs.topic.", "config.storage.",
                "offset.storage.", "status.storage.")) {
            configs.put(one + "replication.factor", "1");
        }
        for (String interval : List.of("refresh.topics", "refresh.groups", "emit.checkpoints", "emit.heartbeats",
                "sync.topic.configs", "sync.group.offsets")) {
            configs.put(interval + ".interval.seconds", "1");
        }
        configs.putAll(Map.of("sync.group.offsets.enabled", "true", "offset.lag.max", "0", "offset.flush.interval.ms", "500",
                "offset.storage.partitions", "3", "status.storage.partitions", "2", "session.timeout.ms", "6000",
                "heartbeat.interval.ms", "200", "scheduled.rebalance.max.delay.ms", "0", "sync.topic.acls.enabled", "false",
                "task.shutdown.graceful.timeout.ms", "1000"));
        Properties properties = new Properties();
        properties.putAll(configs);
        Path file = folder.resolve("mm2.properties");
        try (Writer out = Files.newBufferedWriter(file)) {
            properties.store(out, null);
        }
        return Child.start("org.apache.kafka.connect.mirror.MirrorMaker", file.toString());
    }

    /** Keys, values, headers, timestamps and partitions arrive as they were, and so does the topic's config. */
    void records(String name) throws Exception {
        try (Admin admin = Plain.admin()) {
            NewTopic topic = new NewTopic(name, 2, (short) 1).configs(Map.of("retention.ms", "123456789"));
            admin.createTopics(List.of(topic)).all().get();
        }
        RecordHeader header = new RecordHeader("h", "value".getBytes(StandardCharsets.UTF_8));
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            records.add(new ProducerRecord<>(name, i % 2, System.currentTimeMillis() + i, "k" + i, "v" + i, List.of(header)));
        }
        Plain.write(records);
        awaitTopic("a." + name);
        Check.equal("the copies", told(Plain.readTopic(name, 100)), told(Plain.readTopic("a." + name, 100)));
        Check.soon("the copy's retention.ms", () -> Plain.config("a." + name, "retention.ms").equals("123456789"));
    }

    /** All that is to be kept of these, in an order of its own. */
    private static TreeSet<String> told(List<ConsumerRecord<String, String>> records) {
        TreeSet<String> told = new TreeSet<>();
        records.forEach(record -> told.add(record.partition() + "-" + record.offset() + "@" + record.timestamp() + " "
                + record.key() + "=" + record.value() + " " + record.headers()));
        return told;
    }

    private void awaitTopic(String name) throws Exception {
        try (Admin admin = Plain.admin()) {
            Check.soon(name + " is there", PATIENCE, () -> {
                Check.that(child.isAlive(), () -> "MirrorMaker has ended");
                return admin.listTopics().names().get().contains(name);
            });
        }
    }

    /** A group that has read all is where the copy ends; the broker knows it, too. */
    void offsets(String name) throws Exception {
        Plain.createTopic(name, 1);
        Plain.write(name, 0, 50);
        awaitTopic("a." + name);
        Plain.readTopic("a." + name, 50);
        try (Consumer<String, String> consumer = Plain.consumer("group.id", name)) {
            consumer.assign(List.of(new TopicPartition(name, 0)));
            consumer.commitSync(Map.of(new TopicPartition(name, 0), new OffsetAndMetadata(50)));
        }
        Check.soon("the translated offset", PATIENCE, () -> translated(name, "a." + name) == 50);
        Check.soon("the group's offset in the copy", PATIENCE, () -> Plain.committed(name, "a." + name) == 50);
        try (Consumer<byte[], byte[]> consumer = reader("a.checkpoints.internal")) {
            Check.soon("a checkpoint", PATIENCE, () -> {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Plain.POLL)) {
                    Checkpoint checkpoint = Checkpoint.deserializeRecord(record);
                    if (checkpoint.consumerGroupId().equals(name) && checkpoint.upstreamOffset() == 50) {
                        return true;
                    }
                }
                return false;
            });
        }
    }

    /** The group's offset in the copy of a topic, as its checkpoints tell it; -1 while they do not. */
    private static long translated(String group, String copy) throws Exception {
        try {
            OffsetAndMetadata offset = RemoteClusterUtils.translateOffsets(Plain.configs(), "a", group, Check.SOON)
                    .get(new TopicPartition(copy, 0));
            return offset == null ? -1 : offset.offset();
        } catch (KafkaException notYet) {
            return -1;
        }
    }

    private static Consumer<byte[], byte[]> reader(String topic) {
        Map<String, Object> configs = Plain.configs();
        Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(configs, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> all = List.of(new TopicPartition(topic, 0));
        consumer.assign(all);
        consumer.seekToBeginning(all);
        return consumer;
    }

    /** Heartbeats are beaten into the target, and come through from the source. */
    void heartbeats(String name) throws Exception {
        for (String topic : List.of("heartbeats", "a.heartbeats")) {
            awaitTopic(topic);
            try (Consumer<byte[], byte[]> consumer = reader(topic)) {
                Check.soon("three heartbeats in " + topic, PATIENCE, () -> countBeats(consumer) >= 3);
            }
        }
    }

    private static int countBeats(Consumer<byte[], byte[]> consumer) {
        consumer.seekToBeginning(consumer.assignment());
        int beats = 0;
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
            Heartbeat heartbeat = Heartbeat.deserializeRecord(record);
            Check.equal("from", "a", heartbeat.sourceClusterAlias());
            Check.equal("to", "b", heartbeat.targetClusterAlias());
            beats++;
        }
        return beats;
    }

    /** Killed and started again it goes on: nothing is lost, and little comes twice. */
    void restart(String name) throws Exception {
        Plain.createTopic(name, 1);
        Plain.write(name, 0, 500);
        awaitTopic("a." + name);
        Plain.readTopic("a." + name, 500);
        child.kill();
        Plain.write(name, 500, 1_000);
        child = start();
        TreeSet<String> wanted = new TreeSet<>(Plain.values(0, 1_000));
        TreeSet<String> copied = new TreeSet<>();
        try (Consumer<String, String> consumer = Plain.consumer()) {
            Plain.assignAll(consumer, "a." + name);
            Check.soon("all records", PATIENCE, () -> {
                consumer.poll(Plain.POLL).forEach(record -> copied.add(record.value()));
                return copied.equals(wanted);
            });
        }
    }

    @Override
    public void close() throws Exception {
        child.close();
        Folders.delete(folder);
    }
}
