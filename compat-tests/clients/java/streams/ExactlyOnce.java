package matrix;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Materialized;

/** A count in transactions, whose process dies in the middle of one: every count is told once. */
public final class ExactlyOnce {
    private static final int RECORDS = 3_000;

    /** The record at which the first process dies, with what it did since its last commit. */
    private static final int LAST_BREATH = 1_234;

    private static final int DEAD = 9;

    private ExactlyOnce() {}

    static void run(String name) throws Exception {
        Counting.topics(name);
        Plain.write(Counting.records(name, RECORDS));
        Folders.use(name, state -> {
            try (Child first = Child.start(ExactlyOnce.class, name, state.toString(), String.valueOf(LAST_BREATH))) {
                Check.equal("the first process's end", DEAD, first.exit());
            }
            try (Child second = Child.start(ExactlyOnce.class, name, state.toString(), String.valueOf(Integer.MAX_VALUE))) {
                check(Plain.readUntilLast(name + "-out", Counting.counts(RECORDS / 10)));
                second.stop();
            }
        });
    }

    /** Each key's counts are 1, 2, 3 … to the last. */
    private static void check(List<ConsumerRecord<String, String>> told) {
        Map<String, List<String>> counts = new TreeMap<>();
        told.forEach(record -> counts.computeIfAbsent(record.key(), key -> new ArrayList<>()).add(record.value()));
        List<String> wanted = IntStream.rangeClosed(1, RECORDS / 10).mapToObj(String::valueOf).collect(Collectors.toList());
        counts.forEach((key, values) -> Check.equal("the counts of " + key, wanted, values));
    }

    /** The application itself: NAME STATE-FOLDER RECORDS-TO-LIVE. */
    public static void main(String[] args) throws Exception {
        App app = App.begun(args[0], Path.of(args[1]), topology(args[0], Integer.parseInt(args[2])),
                "processing.guarantee", "exactly_once_v2", "max.poll.records", "100");
        Runtime.getRuntime().addShutdownHook(new Thread(app::close));
        app.await(KafkaStreams.State.RUNNING);
        Thread.currentThread().join();
    }

    private static Topology topology(String name, int life) {
        AtomicInteger seen = new AtomicInteger();
        StreamsBuilder builder = new StreamsBuilder();
        builder.<String, String>stream(name + "-in").groupByKey().count(Materialized.as("counts")).toStream()
                .peek((key, count) -> {
                    if (seen.incrementAndGet() == life) {
                        Runtime.getRuntime().halt(DEAD);
                    }
                }).mapValues(String::valueOf).to(name + "-out");
        return builder.build();
    }
}
