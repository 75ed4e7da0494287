package ring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Folders whose logs were compacted, shortened by retention and DeleteRecords, and recovered after kill -9. */
final class Aged {
    private static final long LIMIT_NS = 60_000_000_000L;

    private Aged() { }

    private static Broker start(Path dir) throws Exception {
        Broker broker = new Broker(dir, "log.cleaner.backoff.ms=200", "log.retention.check.interval.ms=500",
            "log.segment.bytes=1048576", "log.initial.task.delay.ms=100", "log.segment.delete.delay.ms=100");
        broker.start();
        return broker;
    }

    /** Retention, DeleteRecords, kill -9 under load. */
    static void shortened(Path dir) throws Exception {
        Broker broker = start(dir);
        Admin.create(broker, "retained", 1, "retention.bytes=2000000");
        Admin.create(broker, "shortened", 1);
        Admin.create(broker, "torn", 2);
        Records.keyed(broker, "retained", 20_000, 0, 400);
        Records.keyed(broker, "shortened", 10_000, 0, 400);
        try (org.apache.kafka.clients.admin.Admin admin = Records.admin(broker)) {
            admin.deleteRecords(Map.of(new TopicPartition("shortened", 0), RecordsToDelete.beforeOffset(7_777))).all().get();
        }
        await("retention", () -> !Admin.offsets(broker, "--topic", "retained", "--time", "-2").endsWith(":0"));
        Map<String, List<String>> before = Records.all(broker, "read_uncommitted", Set.of("shortened"));
        Ring.expect(before.get("shortened-0").get(0).startsWith("7777 "), "first after DeleteRecords: " + before.get("shortened-0").get(0));
        killWhileWriting(broker);
        broker.start();
        Records.expectSame(before, Records.all(broker, "read_uncommitted", Set.of("shortened")), "after a kill");
        // A log is recovered when it is first used, and only then loses its torn end.
        Records.all(broker, "read_uncommitted", Set.of("torn", "retained"));
        broker.stop();
        Dump.folder(broker.data());
        broker.start();
        Records.all(broker, "read_uncommitted", Set.of("torn", "retained"));
        broker.stop();
    }

    /** Compaction. */
    static void compacted(Path dir) throws Exception {
        Broker broker = start(dir);
        Admin.create(broker, "compacted", 1, "cleanup.policy=compact", "min.cleanable.dirty.ratio=0.01");
        Records.keyed(broker, "compacted", 12_000, 500, 400);
        awaitCleaned(broker.data(), "compacted", 1);
        List<String> kept = Records.all(broker, "read_uncommitted", Set.of("compacted")).get("compacted-0");
        Ring.expect(kept.size() < 11_000, "compaction left " + kept.size() + " records");
        broker.kill();
        Look.verify(broker.data());
        broker.start();
        Map<String, List<String>> after = Records.all(broker, "read_uncommitted", Set.of("compacted"));
        Ring.expectEquals(Records.latest(Map.of("compacted-0", kept), "compacted-0"), Records.latest(after, "compacted-0"),
            "last values after a kill");
        broker.stop();
        Dump.folder(broker.data());
    }

    /** A producer at full speed loses its broker. */
    private static void killWhileWriting(Broker broker) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = Records.producer(broker, "delivery.timeout.ms", "2000",
            "request.timeout.ms", "1000", "max.block.ms", "500", "linger.ms", "0")) {
            for (int i = 0; i < 15_000; i++)
                producer.send(new ProducerRecord<>("torn", Records.bytes("key" + i), new byte[300]));
            broker.kill(); // what is buffered or in flight is lost
        }
    }

    /** Waits until cleaner-offset-checkpoint has the partition, and no cleaning is in progress. */
    static void awaitCleaned(Path data, String topic, long least) throws Exception {
        Path checkpoint = data.resolve("cleaner-offset-checkpoint");
        await("compaction of " + topic, () -> Files.exists(checkpoint) && Files.readAllLines(checkpoint).stream()
            .anyMatch(line -> line.startsWith(topic + " 0 ") && Long.parseLong(line.split(" ")[2]) >= least));
        await("no unfinished compaction", () -> {
            try (var files = Files.list(data.resolve(topic + "-0"))) {
                return files.noneMatch(file -> file.toString().matches(".*\\.(cleaned|swap)"));
            }
        });
    }

    private static void await(String what, Callable<Boolean> holds) throws Exception {
        long limit = System.nanoTime() + LIMIT_NS;
        while (!holds.call()) {
            Ring.expect(System.nanoTime() < limit, what + " did not come in time");
            Thread.sleep(50);
        }
    }
}
