package ring;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes records of every shape and reads back all that a broker serves, with Apache's clients. */
final class Records {
    static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");

    private Records() { }

    static KafkaProducer<byte[], byte[]> producer(Broker broker, String... settings) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", broker.address());
        properties.put("linger.ms", "5");
        properties.put("delivery.timeout.ms", "60000");
        for (int i = 0; i < settings.length; i += 2)
            properties.put(settings[i], settings[i + 1]);
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    static Admin admin(Broker broker) {
        return Admin.create(Map.of("bootstrap.servers", (Object) broker.address()));
    }

    static byte[] bytes(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    /** Every codec, with and without key, value and headers, `count` records each. */
    static void mixed(Broker broker, String topic, int count, int size) {
        for (String codec : CODECS)
            try (KafkaProducer<byte[], byte[]> producer = producer(broker, "compression.type", codec)) {
                for (int i = 0; i < count; i++) {
                    byte[] value = i % 11 == 3 ? null : bytes(codec + i + "é".repeat(i % Math.max(1, size)));
                    ProducerRecord<byte[], byte[]> record =
                        new ProducerRecord<>(topic, null, bytes(i % 7 == 2 ? null : "key" + i % 50), value);
                    if (i % 5 == 1)
                        record.headers().add("codec", bytes(codec)).add("null", null).add("codec", bytes("again"));
                    producer.send(record);
                }
            }
    }

    /** `count` values of `size` bytes under `keys` keys (none if 0). */
    static void keyed(Broker broker, String topic, int count, int keys, int size) {
        byte[] value = new byte[size];
        try (KafkaProducer<byte[], byte[]> producer = producer(broker, "acks", "all")) {
            for (int i = 0; i < count; i++) {
                Arrays.fill(value, (byte) i);
                producer.send(new ProducerRecord<>(topic, keys == 0 ? null : bytes("key" + i % keys), value.clone()));
            }
        }
    }

    /** Transactions of which every other is aborted. */
    static void transactions(Broker broker, String topic, String id, int count) {
        try (KafkaProducer<byte[], byte[]> producer = producer(broker, "transactional.id", id)) {
            producer.initTransactions();
            for (int i = 0; i < count; i++) {
                producer.beginTransaction();
                for (int j = 0; j < 10; j++)
                    producer.send(new ProducerRecord<>(topic, bytes("key" + j), bytes("value" + i)));
                producer.flush();
                if (i % 2 == 0)
                    producer.commitTransaction();
                else
                    producer.abortTransaction();
            }
        }
    }

    static KafkaConsumer<byte[], byte[]> consumer(Broker broker, String... settings) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", broker.address());
        properties.put("enable.auto.commit", "false");
        properties.put("auto.offset.reset", "earliest");
        for (int i = 0; i < settings.length; i += 2)
            properties.put(settings[i], settings[i + 1]);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** All records of these topics, one a line, by partition and offset. */
    static Map<String, List<String>> all(Broker broker, String isolation, Set<String> topics) {
        return all(broker, isolation, topics, Records::show);
    }

    /** The values of all records of these topics, by partition and offset. */
    static Map<String, List<String>> values(Broker broker, String isolation, Set<String> topics) {
        return all(broker, isolation, topics, record -> new String(record.value(), StandardCharsets.UTF_8));
    }

    /** Key and value of all records of these topics, by partition and offset. */
    static Map<String, List<Map.Entry<String, String>>> entries(Broker broker, String isolation, Set<String> topics) {
        return all(broker, isolation, topics, record -> Map.entry(new String(record.key(), StandardCharsets.UTF_8),
            new String(record.value(), StandardCharsets.UTF_8)));
    }

    private static <T> Map<String, List<T>> all(Broker broker, String isolation, Set<String> topics, Function<ConsumerRecord<byte[], byte[]>, T> of) {
        Map<String, List<T>> seen = new TreeMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(broker, "isolation.level", isolation)) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (String topic : topics)
                consumer.partitionsFor(topic).forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            partitions.forEach(partition -> seen.put(partition.toString(), new ArrayList<>()));
            long limit = System.nanoTime() + 60_000_000_000L;
            while (!ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
                Ring.expect(System.nanoTime() < limit, "not all of " + ends + " could be read");
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200)))
                    seen.get(record.topic() + "-" + record.partition()).add(of.apply(record));
            }
        }
        return seen;
    }

    private static String show(ConsumerRecord<byte[], byte[]> record) {
        StringBuilder text = new StringBuilder(record.offset() + " epoch " + record.leaderEpoch().orElse(-1) + " "
            + record.timestampType() + " " + record.timestamp() + " " + show(record.key()) + " " + show(record.value()));
        for (Header header : record.headers())
            text.append(' ').append(header.key()).append('=').append(show(header.value()));
        return text.toString();
    }

    private static String show(byte[] bytes) {
        if (bytes == null)
            return "null";
        return bytes.length > 40 ? bytes.length + "#" + Arrays.hashCode(bytes) : new String(bytes, StandardCharsets.UTF_8);
    }

    static Map<TopicPartition, OffsetAndMetadata> committed(Broker broker, String group) throws Exception {
        try (Admin admin = admin(broker)) {
            return new TreeMapByName(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get());
        }
    }

    /** Sorted, so that differences can be read. */
    private static final class TreeMapByName extends TreeMap<TopicPartition, OffsetAndMetadata> {
        TreeMapByName(Map<TopicPartition, OffsetAndMetadata> from) {
            super((a, b) -> a.toString().compareTo(b.toString()));
            putAll(from);
        }
    }

    static void commit(Broker broker, String group, Map<TopicPartition, OffsetAndMetadata> offsets) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(broker, "group.id", group)) {
            consumer.assign(offsets.keySet());
            consumer.commitSync(offsets);
        }
    }

    /** The same records in both, or the first that differs. */
    static void expectSame(Map<String, List<String>> wanted, Map<String, List<String>> got, String what) {
        Ring.expectEquals(wanted.keySet(), got.keySet(), what + ": partitions");
        wanted.forEach((partition, records) -> expectStart(records, got.get(partition), what + " of " + partition));
        wanted.forEach((partition, records) ->
            Ring.expectEquals(records.size(), got.get(partition).size(), what + ": records of " + partition));
    }

    /** Cleaning may go on at any time: of a compacted partition only the last record of each key counts. */
    static Map<String, List<String>> latest(Map<String, List<String>> all, String compacted) {
        Map<String, List<String>> out = new TreeMap<>(all);
        out.computeIfPresent(compacted, (partition, records) -> {
            Map<String, String> latest = new TreeMap<>();
            for (String record : records)
                latest.put(record.split(" ")[5], record);
            return new ArrayList<>(latest.values());
        });
        return out;
    }

    /** `got` begins with all of `wanted`. */
    static void expectStart(List<String> wanted, List<String> got, String what) {
        for (int i = 0; i < wanted.size(); i++)
            if (i >= got.size() || !wanted.get(i).equals(got.get(i)))
                throw new AssertionError(what + ", record " + i + ": wanted " + wanted.get(i) + ", got "
                    + (i < got.size() ? got.get(i) : "nothing") + " (" + wanted.size() + " and " + got.size() + " records)");
    }
}
