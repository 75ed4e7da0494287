package ring;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Java consumers of every kind under load, while the broker is killed, members come, leave and vanish, and a group moves
 * from the classic protocol to the consumer protocol and back. A ledger a group judges what they saw.
 */
final class Members {
    private static final int PARTITIONS = 6;
    private static final int ROUNDS = Integer.getInteger("ring.rounds", 3);
    private static final String TOPIC = "loaded";
    private static final String COOPERATIVE = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor";
    private static final String EAGER = "org.apache.kafka.clients.consumer.RangeAssignor";

    private Members() { }

    /** A group of one kind of member. */
    private static final class Kind {
        final String group;
        final Ledger ledger = new Ledger();
        final List<Member> members = new ArrayList<>();
        private final Broker broker;
        private String[] settings;

        Kind(Broker broker, String group, String... settings) {
            this.broker = broker;
            this.group = group;
            this.settings = settings;
        }

        void join() {
            members.add(Member.join(broker, group, TOPIC, ledger, settings));
        }

        /** Its members read on: `more` further records are committed. */
        void awaitProgress(long more) throws Exception {
            long wanted = ledger.committed() + more;
            Ledger.await(more + " records of " + group, () -> ledger.committed() >= wanted && members.stream().allMatch(m -> m.assigned() != null));
        }
    }

    static void run(Broker broker) throws Exception {
        Admin.create(broker, TOPIC, PARTITIONS);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong sent = new AtomicLong();
        Thread load = new Thread(() -> load(broker, stop, sent), "load");
        load.start();
        List<Kind> kinds = List.of(new Kind(broker, "loaded-range", "group.protocol", "classic", "partition.assignment.strategy", EAGER),
            new Kind(broker, "loaded-cooperative", "group.protocol", "classic", "partition.assignment.strategy", COOPERATIVE),
            new Kind(broker, "loaded-consumer", "group.protocol", "consumer"));
        Kind moving = new Kind(broker, "loaded-moving", "group.protocol", "classic", "partition.assignment.strategy", COOPERATIVE);
        try {
            for (Kind kind : kinds)
                for (int i = 0; i < 3; i++)
                    kind.join();
            for (int i = 0; i < 3; i++)
                moving.join();
            for (int round = 0; round < ROUNDS; round++) {
                for (Kind kind : kinds)
                    kind.awaitProgress(100);
                broker.kill();
                broker.start();
                for (Kind kind : kinds) {
                    kind.awaitProgress(100);
                    Member gone = kind.members.remove(0);
                    if (round == 1)
                        gone.vanish();
                    else
                        gone.close();
                    kind.join();
                }
            }
            move(broker, moving);
        } finally {
            stop.set(true);
            load.join();
        }
        for (Kind kind : kinds)
            end(broker, kind, sent.get());
        end(broker, moving, sent.get());
    }

    /** Members of one protocol are replaced by those of the other, one at a time, and back again. */
    private static void move(Broker broker, Kind moving) throws Exception {
        moving.awaitProgress(100);
        Ring.expectEquals("Classic", type(broker, moving.group), "type before");
        String[] classic = moving.settings;
        for (String[] settings : new String[][] {{"group.protocol", "consumer"}, classic}) {
            moving.settings = settings;
            for (int i = 0; i < 3; i++) {
                moving.members.remove(0).close();
                moving.join();
                moving.awaitProgress(50);
            }
            String wanted = settings == classic ? "Classic" : "Consumer";
            Ledger.await("type " + wanted, () -> type(broker, moving.group).equals(wanted));
        }
    }

    private static String type(Broker broker, String group) throws Exception {
        return Admin.group(broker, "--list", "--type").lines().map(line -> line.trim().split("\\s+"))
            .filter(row -> row[0].equals(group)).map(row -> row[1]).findFirst().orElse("");
    }

    /** All that was sent is read and committed; then the ledger is checked. */
    private static void end(Broker broker, Kind kind, long sent) throws Exception {
        Ledger.await("the rest of " + kind.group + ", " + sent + " in all",
            () -> kind.members.stream().allMatch(m -> m.assigned() != null) && kind.ledger.committed() == sent);
        for (Member member : kind.members)
            member.close();
        Map<String, Long> ends = new TreeMap<>();
        Admin.offsets(broker, "--topic", TOPIC).lines().map(line -> line.split(":"))
            .forEach(end -> ends.put(end[0] + "-" + end[1], Long.parseLong(end[2])));
        Map<String, Long> committed = new TreeMap<>();
        for (Map.Entry<?, OffsetAndMetadata> offset : Records.committed(broker, kind.group).entrySet())
            committed.put(offset.getKey().toString(), offset.getValue().offset());
        Ring.expectEquals(ends, committed, "offsets of " + kind.group);
        int changes = kind.ledger.check();
        Ring.expect(changes >= PARTITIONS, kind.group + ": " + changes + " changes of owners");
        Tool.terminal.printf("  %s: %d records, partitions changed hands %d times%n", kind.group, sent, changes);
    }

    /** Keyed records, idempotent, until told to stop. */
    private static void load(Broker broker, AtomicBoolean stop, AtomicLong sent) {
        try (KafkaProducer<byte[], byte[]> producer = Records.producer(broker, "enable.idempotence", "true", "delivery.timeout.ms", "120000",
            "request.timeout.ms", "2000", "reconnect.backoff.max.ms", "100")) {
            while (!stop.get()) {
                long number = sent.getAndIncrement();
                producer.send(new ProducerRecord<>(TOPIC, Records.bytes("key" + number % 97), Records.bytes(Long.toString(number))));
                if (number % 10 == 9)
                    Thread.sleep(10);
            }
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }
}
