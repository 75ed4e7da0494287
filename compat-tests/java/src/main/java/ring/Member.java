package ring;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;

import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A member of a group with a thread of its own, which tells a ledger all that it sees and does. */
final class Member implements AutoCloseable, ConsumerRebalanceListener {
    private static final long LIMIT_NS = 60_000_000_000L;
    private static final AtomicInteger COUNT = new AtomicInteger();

    final String name;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Ledger ledger;
    private final Thread thread;
    private final Map<Integer, Long> uncommitted = new HashMap<>();
    private volatile Set<Integer> assigned;
    private volatile boolean ending;
    private volatile Throwable failure;
    private CloseOptions.GroupMembershipOperation goodbye = CloseOptions.GroupMembershipOperation.LEAVE_GROUP;

    private Member(Broker broker, String group, String topic, Ledger ledger, String... settings) {
        this.ledger = ledger;
        this.name = group + "-" + COUNT.incrementAndGet();
        Properties properties = new Properties();
        properties.putAll(Map.of("bootstrap.servers", broker.address(), "group.id", group, "client.id", name,
            "enable.auto.commit", "false", "auto.offset.reset", "earliest", "request.timeout.ms", "5000",
            "reconnect.backoff.max.ms", "100", "fetch.max.wait.ms", "50"));
        for (int i = 0; i < settings.length; i += 2)
            properties.put(settings[i], settings[i + 1]);
        if (!"consumer".equals(properties.get("group.protocol")))
            properties.putAll(Map.of("session.timeout.ms", "6000", "heartbeat.interval.ms", "100"));
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of(topic), this);
        thread = new Thread(this::live, name);
        thread.setDaemon(true);
        thread.start();
    }

    static Member join(Broker broker, String group, String topic, String... settings) {
        return new Member(broker, group, topic, new Ledger(), settings);
    }

    static Member join(Broker broker, String group, String topic, Ledger ledger, String... settings) {
        return new Member(broker, group, topic, ledger, settings);
    }

    /** The group protocols that the broker serves to Java consumers. */
    static List<String> protocols(Broker broker) throws Exception {
        return List.of("classic", "consumer");
    }

    /** What it holds, once it has been told. */
    Set<Integer> awaitAssigned() throws Exception {
        Ledger.await("an assignment of " + name, () -> assigned() != null);
        return assigned();
    }

    Set<Integer> assigned() {
        if (failure != null)
            throw new AssertionError(name + " failed", failure);
        return assigned;
    }

    private void live() {
        try {
            while (!ending) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(20));
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    ledger.read(name, record.partition(), record.offset());
                    uncommitted.put(record.partition(), record.offset() + 1);
                }
                if (!uncommitted.isEmpty())
                    commit();
            }
        } catch (Throwable error) {
            failure = error;
        } finally {
            try {
                consumer.close(CloseOptions.groupMembershipOperation(goodbye).withTimeout(Duration.ofSeconds(20)));
            } catch (Throwable error) {
                failure = failure == null ? error : failure;
            }
            ledger.gone(name);
        }
    }

    /** Commits what was read; a commit that fails leaves its records to whoever reads on. */
    private void commit() {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition partition : consumer.assignment())
            if (uncommitted.containsKey(partition.partition()))
                offsets.put(partition, new OffsetAndMetadata(uncommitted.get(partition.partition())));
        if (offsets.isEmpty())
            return;
        offsets.forEach((partition, offset) -> ledger.tried(name, partition.partition(), offset.offset()));
        try {
            consumer.commitSync(offsets, Duration.ofSeconds(10));
        } catch (KafkaException error) {
            ledger.note(name, "commit: " + error);
            return;
        }
        offsets.forEach((partition, offset) -> ledger.committed(name, partition.partition(), offset.offset()));
        uncommitted.clear();
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        partitions.forEach(partition -> ledger.assigned(name, partition.partition()));
        Set<Integer> all = new TreeSet<>();
        consumer.assignment().forEach(partition -> all.add(partition.partition()));
        assigned = all;
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        commit();
        partitions.forEach(partition -> ledger.revoked(name, partition.partition()));
        withdraw(partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        partitions.forEach(partition -> ledger.lost(name, partition.partition()));
        withdraw(partitions);
    }

    private void withdraw(Collection<TopicPartition> partitions) {
        Set<Integer> left = new TreeSet<>();
        consumer.assignment().forEach(partition -> left.add(partition.partition()));
        partitions.forEach(partition -> {
            left.remove(partition.partition());
            uncommitted.remove(partition.partition());
        });
        assigned = left;
    }

    /** Ends without a word to the group, which finds out by its session timeout. */
    void vanish() throws Exception {
        goodbye = CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP;
        close();
    }

    /** Leaves the group. */
    @Override
    public void close() throws Exception {
        ending = true;
        thread.join(LIMIT_NS / 1_000_000);
        Ring.expect(!thread.isAlive(), name + " does not end");
        if (failure != null)
            throw new AssertionError(name + " failed", failure);
    }
}
