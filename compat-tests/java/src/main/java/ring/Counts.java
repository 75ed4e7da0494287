package ring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A Kafka Streams word count with `exactly_once_v2` while broker and application are killed in turns. For each word the
 * counts that a reader sees must be 1, 2, 3 and so on, each once, up to the true number.
 */
final class Counts {
    private static final int KILLS = Integer.getInteger("ring.kills", 2);
    private static final int LINES_A_ROUND = 300;
    private static final int WORDS = 40;
    private static final long LIMIT_NS = 90_000_000_000L;

    private Counts() { }

    static void run(Broker broker, Path dir) throws Exception {
        Files.createDirectories(dir);
        Admin.create(broker, "lines", 2);
        Admin.create(broker, "counts", 2);
        Random random = new Random(7);
        Map<String, Integer> wanted = new HashMap<>();
        Child application = start(broker, dir);
        try {
            for (int round = 0; round <= 2 * KILLS; round++) {
                say(broker, random, wanted);
                long before = (long) 5 * LINES_A_ROUND * round;
                long some = before + 1 + random.nextInt(4 * LINES_A_ROUND);
                // Between two kills there is progress, and work is left.
                await(broker, application, round == 2 * KILLS ? before + 5L * LINES_A_ROUND : some);
                if (round == 2 * KILLS)
                    break;
                if (round % 2 == 0) {
                    broker.kill();
                    broker.start();
                } else {
                    application.kill();
                    application = start(broker, dir);
                }
            }
        } finally {
            application.stop();
        }
        check(broker, wanted);
        Tool.terminal.printf("  %d words, broker and application killed %d times each%n", 5 * LINES_A_ROUND * (2 * KILLS + 1), KILLS);
    }

    private static Child start(Broker broker, Path dir) throws Exception {
        return new Child(dir.resolve("word-count.out"), "ring.WordCount", broker.address(), dir.resolve("state").toString());
    }

    private static void say(Broker broker, Random random, Map<String, Integer> wanted) {
        try (KafkaProducer<byte[], byte[]> producer = Records.producer(broker)) {
            for (int line = 0; line < LINES_A_ROUND; line++) {
                StringBuilder text = new StringBuilder();
                for (int i = 0; i < 5; i++) {
                    String word = "word" + random.nextInt(WORDS);
                    wanted.merge(word, 1, Integer::sum);
                    text.append(i == 0 ? "" : " ").append(word);
                }
                producer.send(new ProducerRecord<>("lines", line % 2, null, Records.bytes(text.toString())));
            }
        }
    }

    /** So many counts can be read. */
    private static void await(Broker broker, Child application, long counts) throws Exception {
        long limit = System.nanoTime() + LIMIT_NS;
        while (Records.values(broker, "read_committed", Set.of("counts")).values().stream().mapToLong(List::size).sum() < counts) {
            Ring.expect(!application.ended(), "the application ended: " + application.tail());
            Ring.expect(System.nanoTime() < limit, "fewer than " + counts + " counts in time: " + application.tail());
            Thread.sleep(50);
        }
    }

    private static void check(Broker broker, Map<String, Integer> wanted) {
        Map<String, Integer> seen = new HashMap<>();
        Records.entries(broker, "read_committed", Set.of("counts")).forEach((partition, records) -> {
            for (Map.Entry<String, String> record : records) {
                int next = seen.merge(record.getKey(), 1, Integer::sum);
                Ring.expectEquals(next, Integer.parseInt(record.getValue()), "count of " + record.getKey() + " in " + partition);
            }
        });
        Ring.expectEquals(wanted, seen, "counts");
    }
}
