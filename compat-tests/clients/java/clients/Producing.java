package matrix;

import static matrix.Plain.assignAll;
import static matrix.Plain.producer;
import static matrix.Plain.read;
import static matrix.Plain.readTopic;
import static matrix.Plain.record;
import static matrix.Plain.send;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/** What producers write. */
final class Producing {
    private Producing() {}

    static void scenarios(Map<String, Matrix.Scenario> table) {
        table.put("acks", Producing::acks);
        for (String codec : List.of("gzip", "snappy", "lz4", "zstd")) {
            table.put("codec-" + codec, topic -> codec(topic, codec));
        }
        table.put("keys", Producing::keys);
        table.put("headers", topic -> headers(topic, header("a", "1"), header("a", "2"), header("empty", "")));
        table.put("headers-null", topic -> headers(topic, header("n", null)));
        table.put("nulls", Producing::nulls);
        table.put("timestamps", Producing::timestamps);
        table.put("idempotence", Producing::idempotence);
        table.put("large", Producing::large);
        table.put("too-large", Producing::tooLarge);
        table.put("bulk", Producing::bulk);
        table.put("many-partitions", Producing::manyPartitions);
        table.put("auto-create", Producing::autoCreate);
        table.put("unknown-topic", Producing::unknownTopic);
    }

    private static void acks(String topic) throws Exception {
        List<String> levels = List.of("0", "1", "all");
        for (int partition = 0; partition < levels.size(); partition++) {
            String acks = levels.get(partition);
            try (Producer<String, String> producer = producer("acks", acks, "enable.idempotence", "false")) {
                List<ProducerRecord<String, String>> records = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    records.add(new ProducerRecord<>(topic, partition, "k" + i, "v" + i));
                }
                send(producer, records);
            }
        }
    }

    private static void codec(String topic, String codec) throws Exception {
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            records.add(new ProducerRecord<>(topic, "k" + i, "v" + i + "-" + "x".repeat(1000)));
        }
        try (Producer<String, String> producer = producer("compression.type", codec, "linger.ms", "100", "batch.size", "50000")) {
            send(producer, records);
        }
        compare(records, readTopic(topic, 100));
    }

    private static void compare(List<ProducerRecord<String, String>> written, List<ConsumerRecord<String, String>> read) {
        for (int i = 0; i < written.size(); i++) {
            Check.equal("key " + i, written.get(i).key(), read.get(i).key());
            Check.equal("value " + i, written.get(i).value(), read.get(i).value());
        }
    }

    private static void keys(String topic) throws Exception {
        try (Producer<String, String> producer = producer()) {
            send(producer, topic, 0, 100);
            send(producer, topic, 0, 100);
        }
    }

    private static Header header(String key, String value) {
        return new RecordHeader(key, value == null ? null : value.getBytes(StandardCharsets.UTF_8));
    }

    private static void headers(String topic, Header... headers) throws Exception {
        try (Producer<String, String> producer = producer()) {
            send(producer, List.of(new ProducerRecord<>(topic, null, "k0", "v0", List.of(headers))));
        }
        List<Header> read = new ArrayList<>();
        readTopic(topic, 1).get(0).headers().forEach(read::add);
        Check.equal("the headers", List.of(headers), read);
    }

    private static void nulls(String topic) throws Exception {
        List<ProducerRecord<String, String>> records = List.of(new ProducerRecord<>(topic, "k0", null),
                new ProducerRecord<>(topic, null, "v1"), new ProducerRecord<>(topic, "", ""));
        Plain.write(records);
        compare(records, readTopic(topic, 3));
    }

    private static void timestamps(String topic) throws Exception {
        long at = 1_600_000_000_123L;
        Plain.write(List.of(new ProducerRecord<>(topic, null, at, "k0", "v0")));
        Check.equal("the timestamp", at, readTopic(topic, 1).get(0).timestamp());
    }

    private static void idempotence(String topic) throws Exception {
        try (Producer<String, String> producer = producer("enable.idempotence", "true", "acks", "all")) {
            send(producer, topic, 0, 100);
        }
    }

    private static void large(String topic) throws Exception {
        String value = "x".repeat(5_000_000);
        try (Producer<String, String> producer = producer("max.request.size", "8388608")) {
            send(producer, List.of(new ProducerRecord<>(topic, value)));
        }
        Check.that(value.equals(readTopic(topic, 1).get(0).value()), () -> "another value came back");
    }

    private static void tooLarge(String topic) throws Exception {
        try (Producer<String, String> producer = producer()) {
            ProducerRecord<String, String> large = new ProducerRecord<>(topic, "x".repeat(20_000));
            Check.fails(RecordTooLargeException.class, () -> producer.send(large).get());
            send(producer, topic, 0, 1);
        }
    }

    private static void bulk(String topic) throws Exception {
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            records.add(new ProducerRecord<>(topic, "k" + i % 100, "v" + i));
        }
        Plain.write(records);
        Map<String, Integer> last = new HashMap<>();
        try (Consumer<String, String> consumer = Groups.member(topic)) {
            consumer.subscribe(List.of(topic));
            for (ConsumerRecord<String, String> record : read(consumer, 20_000)) {
                int number = Integer.parseInt(record.value().substring(1));
                Integer before = last.put(record.key(), number);
                Check.that(before == null || before < number, () -> before + " before " + number + " under " + record.key());
            }
        }
        Check.equal("the number of keys", 100, last.size());
    }

    private static void manyPartitions(String topic) throws Exception {
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int p = 0; p < 100; p++) {
            records.add(new ProducerRecord<>(topic, p, "k" + p, "v" + p));
        }
        Plain.write(records);
        try (Consumer<String, String> consumer = Plain.consumer()) {
            assignAll(consumer, topic);
            Map<Integer, String> read = read(consumer, 100).stream()
                    .collect(Collectors.toMap(ConsumerRecord::partition, ConsumerRecord::value));
            records.forEach(record -> Check.equal("the value in " + record.partition(), record.value(), read.get(record.partition())));
        }
    }

    private static void autoCreate(String topic) throws Exception {
        try (Producer<String, String> producer = producer()) {
            send(producer, topic, 0, 10);
        }
    }

    private static void unknownTopic(String topic) {
        try (Producer<String, String> producer = producer("max.block.ms", "2000")) {
            Check.fails(TimeoutException.class, () -> producer.send(record(topic, 0)).get());
        }
    }
}
