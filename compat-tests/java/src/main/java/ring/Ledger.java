package ring;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** What the members of one group on one topic saw and did, in order; and whether that was right. */
final class Ledger {
    private static final long LIMIT_NS = 60_000_000_000L;

    private enum Kind { ASSIGNED, REVOKED, LOST, READ, TRIED, COMMITTED, GONE }

    private record Event(Kind kind, String member, int partition, long offset) { }

    /** One member's time with one partition: from its assignment to its revocation, its loss or the member's end. */
    private static final class Tenure {
        final String member;
        /** The highest commit that had been acknowledged when it began. */
        final long committed;
        long next = -1;
        boolean given;

        Tenure(String member, long committed) {
            this.member = member;
            this.committed = committed;
        }
    }

    private final List<Event> events = new ArrayList<>();
    private final Map<Integer, Long> committed = new HashMap<>();
    private final StringBuffer notes = new StringBuffer();

    private synchronized void add(Kind kind, String member, int partition, long offset) {
        events.add(new Event(kind, member, partition, offset));
        if (kind == Kind.COMMITTED)
            committed.merge(partition, offset, Math::max);
    }

    void assigned(String member, int partition) {
        add(Kind.ASSIGNED, member, partition, -1);
    }

    void revoked(String member, int partition) {
        add(Kind.REVOKED, member, partition, -1);
    }

    void lost(String member, int partition) {
        add(Kind.LOST, member, partition, -1);
    }

    void read(String member, int partition, long offset) {
        add(Kind.READ, member, partition, offset);
    }

    void tried(String member, int partition, long offset) {
        add(Kind.TRIED, member, partition, offset);
    }

    void committed(String member, int partition, long offset) {
        add(Kind.COMMITTED, member, partition, offset);
    }

    void gone(String member) {
        add(Kind.GONE, member, -1, -1);
    }

    /** Something to tell beside a failed check. */
    void note(String member, String text) {
        notes.append(member).append(' ').append(text).append('\n');
    }

    /** The sum of the highest acknowledged commits. */
    synchronized long committed() {
        return committed.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Nothing is lost: a tenure begins at or below what was last tried to commit, and goes on without a gap. Nothing comes
     * twice without a change of owner: it begins at or above what had been committed, and never goes back. A partition has
     * one owner: who takes it over does so after it was given back, or its owner had lost it or was gone. Answers how often
     * partitions changed hands.
     */
    synchronized int check() {
        Map<Integer, Tenure> tenures = new HashMap<>();
        Map<Integer, Long> acknowledged = new HashMap<>();
        Map<Integer, Long> tried = new HashMap<>();
        int changes = 0;
        for (Event event : events) {
            Tenure tenure = tenures.get(event.partition);
            switch (event.kind) {
                case ASSIGNED -> {
                    Ring.expect(tenure == null || tenure.given || lostLater(tenure, event), "two owners: " + tenure(tenure) + ", then " + event);
                    tenures.put(event.partition, new Tenure(event.member, acknowledged.getOrDefault(event.partition, 0L)));
                    changes++;
                }
                case REVOKED, LOST -> {
                    if (tenure != null && tenure.member.equals(event.member))
                        tenure.given = true;
                }
                case GONE -> tenures.values().stream().filter(own -> own.member.equals(event.member)).forEach(own -> own.given = true);
                case TRIED -> tried.merge(event.partition, event.offset, Math::max);
                case COMMITTED -> acknowledged.merge(event.partition, event.offset, Math::max);
                case READ -> {
                    if (tenure == null || !tenure.member.equals(event.member))
                        continue; // an owner that has lost it and does not know yet; its commits fail
                    if (tenure.next == -1)
                        Ring.expect(event.offset >= tenure.committed && event.offset <= tried.getOrDefault(event.partition, 0L),
                            event + " after " + tenure.committed + " was committed and " + tried.get(event.partition) + " tried\n" + notes);
                    else
                        Ring.expectEquals(tenure.next, event.offset, "next offset of " + event + "\n" + notes);
                    tenure.next = event.offset + 1;
                }
            }
        }
        return changes;
    }

    private static String tenure(Tenure tenure) {
        return tenure == null ? "nobody" : tenure.member;
    }

    /** Whether the owner finds out only after `taken` that it has lost its partition. */
    private boolean lostLater(Tenure tenure, Event taken) {
        return events.stream().anyMatch(event ->
            event.kind == Kind.LOST && event.partition == taken.partition && event.member.equals(tenure.member));
    }

    static void await(String what, Callable<Boolean> holds) throws Exception {
        long limit = System.nanoTime() + LIMIT_NS;
        while (!holds.call()) {
            Ring.expect(System.nanoTime() < limit, what + " did not come in time");
            Thread.sleep(10);
        }
    }
}
