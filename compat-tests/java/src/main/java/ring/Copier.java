package ring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Kafka's TransactionalMessageCopier copies two partitions, one process each, with random aborts, while broker and copiers
 * are killed. Every record must be in the copy once, in its place.
 */
final class Copier {
    private static final int RECORDS = Integer.getInteger("ring.copied", 20_000);
    private static final int KILLS = Integer.getInteger("ring.kills", 2);
    private static final int PARTITIONS = 2;
    private static final int STARTS_MAX = 100;

    private final Broker broker;
    private final Path dir;
    private final Child[] children = new Child[PARTITIONS];
    private int starts;

    private Copier(Broker broker, Path dir) {
        this.broker = broker;
        this.dir = dir;
    }

    static void run(Broker broker, Path dir) throws Exception {
        Files.createDirectories(dir);
        Admin.create(broker, "originals", PARTITIONS);
        Admin.create(broker, "copies", PARTITIONS);
        try (KafkaProducer<byte[], byte[]> producer = Records.producer(broker)) {
            for (int i = 0; i < RECORDS; i++)
                producer.send(new ProducerRecord<>("originals", i % PARTITIONS, null, Records.bytes(Integer.toString(i))));
        }
        new Copier(broker, dir).copy();
        Map<String, List<String>> copies = Records.values(broker, "read_committed", Set.of("copies"));
        for (int partition = 0; partition < PARTITIONS; partition++) {
            List<String> wanted = new ArrayList<>();
            for (int i = partition; i < RECORDS; i += PARTITIONS)
                wanted.add(Integer.toString(i));
            Records.expectStart(wanted, copies.get("copies-" + partition), "copy of partition " + partition);
            Ring.expectEquals(wanted.size(), copies.get("copies-" + partition).size(), "records in copy of partition " + partition);
        }
        long written = Admin.offsets(broker, "--topic", "copies").lines().mapToLong(line -> Long.parseLong(line.split(":")[2])).sum();
        Ring.expect(written > RECORDS, "nothing was aborted");
    }

    /** Kills broker and copiers in turns, at moments spread over the work, until all is copied. */
    private void copy() throws Exception {
        long seed = Long.getLong("ring.seed", System.nanoTime());
        Tool.terminal.println("  seed " + seed);
        Random random = new Random(seed);
        for (int partition = 0; partition < PARTITIONS; partition++)
            start(partition);
        int brokerKills = 0;
        int copierKills = 0;
        long limit = System.nanoTime() + (120L + RECORDS / 200 + 20L * KILLS) * 1_000_000_000L;
        while (!ended()) {
            Ring.expect(System.nanoTime() < limit, "the copy is not done in time; " + children[0].tail() + children[1].tail());
            long copied = copied();
            if (brokerKills < KILLS && copied > (long) RECORDS * (2 * brokerKills + 1) / (2 * KILLS + 1)) {
                Thread.sleep(random.nextInt(200));
                broker.kill();
                broker.start();
                brokerKills++;
            } else if (copierKills < KILLS && copied > (long) RECORDS * (2 * copierKills + 2) / (2 * KILLS + 1)) {
                int partition = random.nextInt(PARTITIONS);
                children[partition].kill();
                start(partition);
                copierKills++;
            }
            Thread.sleep(20);
        }
        Tool.terminal.printf("  %d records, broker killed %d times, copiers %d times, %d starts of copiers%n", RECORDS, brokerKills, copierKills, starts);
    }

    /** All are done. One that failed (its transaction timed out while it slept) is started again, as a supervisor does. */
    private boolean ended() throws Exception {
        boolean all = true;
        for (int partition = 0; partition < PARTITIONS; partition++)
            if (!children[partition].ended()) {
                all = false;
            } else if (children[partition].status() != 0) {
                Ring.expect(starts < STARTS_MAX, "a copier does not go on: " + children[partition].tail());
                Tool.terminal.println("  a copier ended: " + children[partition].tail().lines().filter(line -> line.contains("xception")).reduce("", (a, b) -> b));
                start(partition);
                all = false;
            }
        return all;
    }

    private long copied() throws Exception {
        return Records.committed(broker, "copiers").values().stream().mapToLong(offset -> offset.offset()).sum();
    }

    private void start(int partition) throws Exception {
        starts++;
        children[partition] = new Child(dir.resolve("copier" + partition + ".out"), "org.apache.kafka.tools.TransactionalMessageCopier",
            "--broker-list", broker.address(), "--input-topic", "originals", "--input-partition", Integer.toString(partition),
            "--output-topic", "copies", "--transactional-id", "copier" + partition, "--consumer-group", "copiers",
            "--transaction-size", "500", "--transaction-timeout", "10000", "--enable-random-aborts", "--use-group-metadata");
    }
}
