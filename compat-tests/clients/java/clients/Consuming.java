package matrix;

import static matrix.Plain.POLL;
import static matrix.Plain.read;
import static matrix.Plain.send;
import static matrix.Plain.values;
import static matrix.Plain.valuesOf;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;

/** Where consumers begin, stop and go on. */
final class Consuming {
    private Consuming() {}

    static void scenarios(Map<String, Matrix.Scenario> table) {
        table.put("group", Consuming::group);
        table.put("resume", Consuming::resume);
        table.put("pause", Consuming::pause);
        table.put("seek", Consuming::seek);
        table.put("seek-time", Consuming::seekTime);
        table.put("pattern", Consuming::pattern);
        table.put("many-groups", Consuming::manyGroups);
        table.put("offset-reset", Consuming::offsetReset);
        table.put("restart", Consuming::restart);
    }

    /** A member of the group that subscribes to the topic and commits by hand. */
    private static Consumer<String, String> subscribed(String group, String topic, String... configs) {
        Consumer<String, String> consumer = Groups.member(group, configs);
        consumer.subscribe(List.of(topic));
        return consumer;
    }

    private static void group(String topic) throws Exception {
        try (Consumer<String, String> consumer = subscribed(topic, topic)) {
            Set<String> read = Set.copyOf(valuesOf(read(consumer, 100)));
            Check.equal("the records", Set.copyOf(values(0, 100)), read);
            consumer.commitSync();
        }
    }

    private static void resume(String topic) throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Consumer<String, String> first = subscribed(topic, topic, "max.poll.records", "5")) {
            Check.equal("the first five", values(0, 5), valuesOf(read(first, 5)));
            first.commitSync(Map.of(partition, new OffsetAndMetadata(5)));
        }
        try (Consumer<String, String> second = subscribed(topic, topic)) {
            Check.equal("the others", values(5, 10), valuesOf(read(second, 5)));
            second.commitSync();
        }
    }

    private static void pause(String topic) throws Exception {
        try (Consumer<String, String> consumer = Plain.consumer()) {
            Plain.assignAll(consumer, topic);
            Set<TopicPartition> one = Set.of(new TopicPartition(topic, 1));
            consumer.pause(one);
            Check.equal("partitions while one is paused", Set.of(0), partitions(read(consumer, 10)));
            Check.equal("records of the paused one", 0, consumer.poll(POLL).count());
            consumer.resume(one);
            Check.equal("partitions after that", Set.of(1), partitions(read(consumer, 10)));
        }
    }

    private static Set<Integer> partitions(List<ConsumerRecord<String, String>> records) {
        return records.stream().map(ConsumerRecord::partition).collect(Collectors.toSet());
    }

    private static void seek(String topic) throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Consumer<String, String> consumer = Plain.consumer("max.poll.records", "1")) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 3);
            Check.equal("what is read at 3", values(3, 4), valuesOf(read(consumer, 1)));
            consumer.seekToBeginning(List.of(partition));
            Check.equal("what is read at the beginning", values(0, 1), valuesOf(read(consumer, 1)));
            consumer.seekToEnd(List.of(partition));
            Check.equal("the position at the end", 10L, consumer.position(partition));
        }
    }

    private static void seekTime(String topic) throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Consumer<String, String> consumer = Plain.consumer("max.poll.records", "1")) {
            consumer.assign(List.of(partition));
            long offset = consumer.offsetsForTimes(Map.of(partition, 1_600_000_004_500L)).get(partition).offset();
            Check.equal("the offset of that time", 5L, offset);
            consumer.seek(partition, offset);
            Check.equal("what is read there", values(5, 6), valuesOf(read(consumer, 1)));
        }
    }

    private static void pattern(String name) throws Exception {
        try (Consumer<String, String> consumer = Groups.member(name)) {
            consumer.subscribe(Pattern.compile("^" + Pattern.quote(name) + "-.*"));
            Set<String> topics = read(consumer, 2).stream().map(ConsumerRecord::topic).collect(Collectors.toSet());
            Check.equal("the topics", Set.of(name + "-a", name + "-b"), topics);
        }
    }

    private static void manyGroups(String topic) throws Exception {
        for (int n = 0; n < 10; n++) {
            try (Consumer<String, String> consumer = subscribed(topic + "-" + n, topic)) {
                Check.equal("what group " + n + " reads", values(0, 10), valuesOf(read(consumer, 10)));
                consumer.commitSync();
            }
        }
    }

    private static void offsetReset(String topic) throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Consumer<String, String> latest = subscribed(topic + "-latest", topic, "auto.offset.reset", "latest");
                Producer<String, String> producer = Plain.producer()) {
            Groups.pollUntil("its partition", () -> latest.assignment().contains(partition), latest);
            Check.equal("the position", 5L, latest.position(partition));
            send(producer, topic, 5, 6);
            Check.equal("the first that is read", values(5, 6), valuesOf(read(latest, 1)));
        }
        try (Consumer<String, String> earliest = subscribed(topic + "-earliest", topic)) {
            Check.equal("all", values(0, 6), valuesOf(read(earliest, 6)));
        }
    }

    private static void restart(String topic) throws Exception {
        String[] backoff = {"reconnect.backoff.max.ms", "200"};
        try (Producer<String, String> producer =
                        Plain.producer("enable.idempotence", "true", "acks", "all", backoff[0], backoff[1]);
                Consumer<String, String> consumer = subscribed(topic, topic, backoff)) {
            send(producer, topic, 0, 50);
            Check.equal("the first half", values(0, 50), valuesOf(read(consumer, 50)));
            // A broker that is long away makes it join anew: it then goes on from here.
            consumer.commitSync();
            Matrix.restartBroker();
            send(producer, topic, 50, 100);
            Check.equal("the second half", values(50, 100), valuesOf(read(consumer, 50)));
        }
    }
}
