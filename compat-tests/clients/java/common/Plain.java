package matrix;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Producers, consumers and admins of text, and what is done with them all the time. */
public final class Plain {
    public static final String BOOTSTRAP = System.getenv("BOOTSTRAP");

    /** How long a poll may wait. */
    public static final Duration POLL = Duration.ofMillis(100);

    private Plain() {}

    /** The version of kafka-clients, as its own jar tells it; the class that reads this has moved over time. */
    public static String clientsVersion() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = KafkaProducer.class.getResourceAsStream("/kafka/kafka-version.properties")) {
            properties.load(in);
        }
        return properties.getProperty("version");
    }

    public static Producer<String, String> producer(String... configs) {
        return new KafkaProducer<>(configs(configs), new StringSerializer(), new StringSerializer());
    }

    /** A consumer that starts at the earliest offset. */
    public static Consumer<String, String> consumer(String... configs) {
        Map<String, Object> all = configs("auto.offset.reset", "earliest");
        all.putAll(configs(configs));
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    public static Admin admin() {
        return Admin.create(configs());
    }

    /** The bootstrap server, and these pairs of names and values. */
    public static Map<String, Object> configs(String... pairs) {
        Map<String, Object> configs = new HashMap<>();
        configs.put("bootstrap.servers", BOOTSTRAP);
        for (int at = 0; at < pairs.length; at += 2) {
            configs.put(pairs[at], pairs[at + 1]);
        }
        return configs;
    }

    public static void createTopic(String name, int partitions) throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all().get();
        }
    }

    /** What a topic's config is. */
    public static String config(String topic, String name) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = admin()) {
            return admin.describeConfigs(List.of(resource)).all().get().get(resource).get(name).value();
        }
    }

    /** The offset that a group has committed in a topic's partition 0; -1 when it has none. */
    public static long committed(String group, String topic) throws Exception {
        try (Admin admin = admin()) {
            OffsetAndMetadata offset = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get()
                    .get(new TopicPartition(topic, 0));
            return offset == null ? -1 : offset.offset();
        }
    }

    /** Record i of the contract. */
    public static ProducerRecord<String, String> record(String topic, int i) {
        return new ProducerRecord<>(topic, "k" + i, "v" + i);
    }

    /** The values of the records from (inclusive) to (exclusive). */
    public static List<String> values(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "v" + i).collect(Collectors.toList());
    }

    /** Sends the records from (inclusive) to (exclusive) and waits for all. */
    public static void send(Producer<String, String> producer, String topic, int from, int to) throws Exception {
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = from; i < to; i++) {
            records.add(record(topic, i));
        }
        send(producer, records);
    }

    public static void send(Producer<String, String> producer, Collection<ProducerRecord<String, String>> records)
            throws InterruptedException, ExecutionException {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (ProducerRecord<String, String> record : records) {
            sent.add(producer.send(record));
        }
        producer.flush();
        for (Future<RecordMetadata> one : sent) {
            one.get();
        }
    }

    /** Writes these with a producer of their own. */
    public static void write(Collection<ProducerRecord<String, String>> records) throws Exception {
        try (Producer<String, String> producer = producer()) {
            send(producer, records);
        }
    }

    /** Writes the records from (inclusive) to (exclusive) with a producer of their own. */
    public static void write(String topic, int from, int to) throws Exception {
        try (Producer<String, String> producer = producer()) {
            send(producer, topic, from, to);
        }
    }

    /** Polls until this many records have come, and no more. */
    public static List<ConsumerRecord<String, String>> read(Consumer<String, String> consumer, int count) throws Exception {
        List<ConsumerRecord<String, String>> read = new ArrayList<>();
        long deadline = System.nanoTime() + Check.SOON.toNanos();
        while (read.size() < count) {
            consumer.poll(POLL).forEach(read::add);
            Check.that(System.nanoTime() < deadline, () -> read.size() + " of " + count + " records came in time");
        }
        Check.equal("the number of records", count, read.size());
        return read;
    }

    public static List<String> valuesOf(Collection<ConsumerRecord<String, String>> records) {
        return records.stream().map(ConsumerRecord::value).collect(Collectors.toList());
    }

    /** Gives a consumer all partitions of a topic, from their beginning. */
    public static List<TopicPartition> assignAll(Consumer<String, String> consumer, String topic) {
        List<TopicPartition> all = consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition())).collect(Collectors.toList());
        consumer.assign(all);
        consumer.seekToBeginning(all);
        return all;
    }

    /** The first records of a topic, by a consumer without a group. */
    public static List<ConsumerRecord<String, String>> readTopic(String topic, int count, String... configs) throws Exception {
        try (Consumer<String, String> consumer = consumer(configs)) {
            assignAll(consumer, topic);
            return read(consumer, count);
        }
    }

    /** Reads a topic's committed records until the last value of each key is as wanted; all that it read. */
    public static List<ConsumerRecord<String, String>> readUntilLast(String topic, Map<String, String> wanted) throws Exception {
        List<ConsumerRecord<String, String>> read = new ArrayList<>();
        Map<String, String> last = new LinkedHashMap<>();
        long deadline = System.nanoTime() + 3 * Check.SOON.toNanos();
        try (Consumer<String, String> consumer = consumer("isolation.level", "read_committed")) {
            assignAll(consumer, topic);
            while (!last.equals(wanted)) {
                for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
                    read.add(record);
                    last.put(record.key(), record.value());
                }
                Check.that(System.nanoTime() < deadline, () -> topic + " ends in " + last + ", not " + wanted);
            }
        }
        return read;
    }
}
