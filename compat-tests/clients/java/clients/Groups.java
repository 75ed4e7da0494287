package matrix;

import static matrix.Plain.POLL;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.common.TopicPartition;

/** Members that share partitions. */
final class Groups {
    private Groups() {}

    static void scenarios(Map<String, Matrix.Scenario> table) {
        table.put("rebalance", topic -> rebalance(topic, member(topic), member(topic), new Revoked()));
        table.put("cooperative", Groups::cooperative);
        table.put("kip848", Groups::newerProtocol);
        table.put("static-member", Groups::staticMember);
    }

    /** A member of the group, of the classic protocol, that is not waited for long when it dies. */
    static Consumer<String, String> member(String group, String... configs) {
        String[] own = {"group.id", group, "session.timeout.ms", "6000", "heartbeat.interval.ms", "200", "enable.auto.commit", "false"};
        String[] all = new String[own.length + configs.length];
        System.arraycopy(own, 0, all, 0, own.length);
        System.arraycopy(configs, 0, all, own.length, configs.length);
        return Plain.consumer(all);
    }

    /** Polls all of these by turns until it is so. */
    @SafeVarargs
    static void pollUntil(String what, Callable<Boolean> holds, Consumer<String, String>... consumers) throws Exception {
        long deadline = System.nanoTime() + Check.SOON.toNanos();
        while (!holds.call()) {
            Check.that(System.nanoTime() < deadline, () -> what + ": not in time");
            for (Consumer<String, String> consumer : consumers) {
                consumer.poll(POLL);
            }
        }
    }

    /** Counts what a member has to give up. */
    private static final class Revoked implements ConsumerRebalanceListener {
        private final AtomicInteger partitions = new AtomicInteger();

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
            partitions.addAndGet(revoked.size());
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> assigned) {}
    }

    /** Member a alone, with b, alone again; tells how many partitions b's coming took from a. */
    private static int rebalance(String topic, Consumer<String, String> a, Consumer<String, String> b, Revoked revoked)
            throws Exception {
        int taken;
        try (a) {
            try (b) {
                a.subscribe(List.of(topic), revoked);
                pollUntil("all four for a", () -> a.assignment().size() == 4, a);
                b.subscribe(List.of(topic));
                pollUntil("two for each", () -> a.assignment().size() == 2 && b.assignment().size() == 2, a, b);
                taken = revoked.partitions.get();
            }
            pollUntil("all four for a again", () -> a.assignment().size() == 4, a);
        }
        return taken;
    }

    private static void cooperative(String topic) throws Exception {
        String[] sticky = {"partition.assignment.strategy", CooperativeStickyAssignor.class.getName()};
        int taken = rebalance(topic, member(topic, sticky), member(topic, sticky), new Revoked());
        Check.equal("the number of partitions that a gave up", 2, taken);
    }

    private static void newerProtocol(String topic) throws Exception {
        String[] newer = {"group.id", topic, "group.protocol", "consumer", "enable.auto.commit", "false"};
        int taken = rebalance(topic, Plain.consumer(newer), Plain.consumer(newer), new Revoked());
        Check.equal("the number of partitions that a gave up", 2, taken);
    }

    private static void staticMember(String topic) throws Exception {
        for (String life : List.of("first", "second")) {
            try (Consumer<String, String> consumer = member(topic, "group.instance.id", "one")) {
                consumer.subscribe(List.of(topic));
                pollUntil("both partitions in its " + life + " life", () -> consumer.assignment().size() == 2, consumer);
            }
        }
    }
}
