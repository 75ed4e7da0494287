package matrix;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.Suppressed.BufferConfig;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.processor.StateRestoreListener;

/** Counts by key: kept over the loss of the state folder, and in windows of time. */
final class Counting {
    private static final int KEYS = 10;
    private static final long MINUTE = 60_000;

    private Counting() {}

    /** Counts the records of each key of NAME-in into NAME-out. */
    static Topology topology(String name) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.<String, String>stream(name + "-in").groupByKey().count(Materialized.as("counts")).toStream()
                .mapValues(String::valueOf).to(name + "-out");
        return builder.build();
    }

    static void topics(String name) throws Exception {
        Plain.createTopic(name + "-in", 2);
        Plain.createTopic(name + "-out", 1);
    }

    /** Records of ten keys by turns. */
    static List<ProducerRecord<String, String>> records(String name, int count) {
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(new ProducerRecord<>(name + "-in", "k" + i % KEYS, "v" + i));
        }
        return records;
    }

    /** The same last count for each key. */
    static Map<String, String> counts(int each) {
        Map<String, String> counts = new TreeMap<>();
        for (int key = 0; key < KEYS; key++) {
            counts.put("k" + key, String.valueOf(each));
        }
        return counts;
    }

    static void restored(String name) throws Exception {
        topics(name);
        Restored restored = new Restored();
        Folders.use(name, folder -> {
            Path state = Files.createDirectory(folder.resolve("state"));
            Plain.write(records(name, 100));
            try (App app = App.started(name, state, topology(name))) {
                Plain.readUntilLast(name + "-out", counts(10));
            }
            Folders.delete(state);
            Plain.write(records(name, 100));
            try (App app = App.restoring(name, state, topology(name), restored)) {
                Plain.readUntilLast(name + "-out", counts(20));
            }
        });
        Check.that(restored.records.get() >= KEYS, () -> restored.records + " records were restored");
        Check.equal("cleanup.policy of the changelog", "compact", Plain.config(name + "-counts-changelog", "cleanup.policy"));
    }

    /** Counts what comes back from changelogs. */
    private static final class Restored implements StateRestoreListener {
        private final AtomicLong records = new AtomicLong();

        @Override
        public void onRestoreStart(TopicPartition partition, String store, long from, long to) {}

        @Override
        public void onBatchRestored(TopicPartition partition, String store, long end, long count) {}

        @Override
        public void onRestoreEnd(TopicPartition partition, String store, long total) {
            records.addAndGet(total);
        }
    }

    /** Windows of a minute that tell their count once, when they are over. */
    static void windowed(String name) throws Exception {
        Plain.createTopic(name + "-in", 1);
        Plain.createTopic(name + "-out", 1);
        long first = System.currentTimeMillis() / MINUTE * MINUTE - 60 * MINUTE;
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = 0; i < 90; i++) {
            records.add(new ProducerRecord<>(name + "-in", 0, first + i * 2_000, "k" + i % 2, "v" + i));
        }
        records.add(new ProducerRecord<>(name + "-in", 0, first + 10 * MINUTE, "later", "ends the windows before"));
        Map<String, String> wanted = new TreeMap<>();
        for (int window = 0; window < 3; window++) {
            wanted.put("k0@" + (first + window * MINUTE), "15");
            wanted.put("k1@" + (first + window * MINUTE), "15");
        }
        Plain.write(records);
        Folders.use(name, state -> {
            try (App app = App.started(name, state, windows(name))) {
                Check.equal("the number of results", wanted.size(), Plain.readUntilLast(name + "-out", wanted).size());
            }
        });
    }

    private static Topology windows(String name) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.<String, String>stream(name + "-in").groupByKey().windowedBy(TimeWindows.ofSizeWithNoGrace(Duration.ofMillis(MINUTE)))
                .count(Materialized.with(Serdes.String(), Serdes.Long())).suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded()))
                .toStream((key, count) -> key.key() + "@" + key.window().start()).mapValues(String::valueOf).to(name + "-out");
        return builder.build();
    }
}
