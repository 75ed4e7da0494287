package ring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;
import org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.MemberAssignment;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.apache.kafka.coordinator.group.assignor.RangeAssignor;
import org.apache.kafka.coordinator.group.assignor.UniformAssignor;
import org.apache.kafka.coordinator.group.modern.Assignment;
import org.apache.kafka.coordinator.group.modern.GroupSpecImpl;
import org.apache.kafka.coordinator.group.modern.MemberSubscriptionAndAssignmentImpl;
import org.apache.kafka.coordinator.group.modern.TopicIds;

/** What Apache Kafka's server-side assignors give to random groups over their lives, as the table that Ottla's have to reproduce. */
final class Assignors {
    private static final String HEADING = "# What UniformAssignor and RangeAssignor of Apache Kafka give to random groups; "
        + "RING_WRITE=1 scripts/ring-java assignors writes it.\n"
        + "# Of a topic: name and size. Of a member: id, instance id, topics, what it had, what it gets.\n";
    private static final List<String> TOPICS = List.of("orders", "payments", "a", "audit-log", "clicks", "Zebra", "stock.eu", "stock.us");
    private static final int GROUPS = 36;
    private static final int STEPS = 5;

    private Assignors() { }

    private static final class Member {
        final String id;
        final String instance;
        Set<String> topics;
        Map<Uuid, Set<Integer>> has = Map.of();

        Member(String id, String instance, Set<String> topics) {
            this.id = id;
            this.instance = instance;
            this.topics = topics;
        }
    }

    static void run() throws Exception {
        Path table = Path.of(System.getProperty("ring.root"), "broker/src/groups/tests/assignments.txt");
        String fresh = table();
        if (System.getenv("RING_WRITE") != null)
            Files.writeString(table, fresh);
        Records.expectStart(fresh.lines().toList(), Files.readString(table).lines().toList(), table.toString());
    }

    private static String table() {
        StringBuilder out = new StringBuilder(HEADING);
        for (int group = 0; group < GROUPS; group++)
            life(group, new Random(group), out);
        return out.toString();
    }

    /** One group from its beginning: each step starts from what the one before gave. */
    private static void life(int group, Random random, StringBuilder out) {
        boolean same = group % 3 == 0;
        ConsumerGroupPartitionAssignor assignor = group % 4 == 3 ? new RangeAssignor() : new UniformAssignor();
        TreeMap<String, Integer> sizes = new TreeMap<>();
        for (String topic : TOPICS)
            if (random.nextInt(3) > 0)
                sizes.put(topic, 1 + random.nextInt(7));
        TreeMap<String, Member> members = new TreeMap<>();
        Set<String> shared = some(random);
        int start = 1 + random.nextInt(6);
        for (int at = 0; at < start; at++)
            join(members, random, same ? shared : some(random));
        for (int step = 0; step < STEPS; step++) {
            assign(group + "." + step, assignor, same, sizes, members, out);
            List<String> ids = new ArrayList<>(members.keySet());
            String one = ids.get(random.nextInt(ids.size()));
            switch (random.nextInt(same ? 4 : 5)) {
                case 0 -> join(members, random, same ? shared : some(random));
                case 1 -> {
                    if (members.size() > 1)
                        members.remove(one);
                    else
                        join(members, random, same ? shared : some(random));
                }
                case 2 -> sizes.merge(TOPICS.get(random.nextInt(TOPICS.size())), 1 + random.nextInt(4), Integer::sum);
                case 3 -> {
                    for (int more = 0; more < 3; more++)
                        join(members, random, same ? shared : some(random));
                }
                default -> members.get(one).topics = some(random);
            }
        }
    }

    private static Set<String> some(Random random) {
        List<String> names = new ArrayList<>(TOPICS);
        Collections.shuffle(names, random);
        return new TreeSet<>(names.subList(0, 1 + random.nextInt(4)));
    }

    private static void join(Map<String, Member> members, Random random, Set<String> topics) {
        String id = Long.toString(Math.abs(random.nextLong()), 36).substring(0, 5);
        members.put(id, new Member(id, random.nextInt(4) == 0 ? "i" + random.nextInt(1000) : null, topics));
    }

    private static long fnv(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int at = 0; at < text.length(); at++)
            hash = (hash ^ text.charAt(at)) * 0x100000001b3L;
        return hash;
    }

    private static Uuid id(String topic) {
        return new Uuid(fnv(topic), fnv(topic + "'"));
    }

    private static void assign(String name, ConsumerGroupPartitionAssignor assignor, boolean same, Map<String, Integer> sizes,
                               Map<String, Member> members, StringBuilder out) {
        Map<Uuid, Integer> byId = new HashMap<>();
        sizes.forEach((topic, size) -> byId.put(id(topic), size));
        TopicIds.TopicResolver resolver = new TopicIds.TopicResolver() {
            @Override public CoordinatorMetadataImage image() {
                return CoordinatorMetadataImage.EMPTY;
            }
            @Override public String name(Uuid topic) {
                return TOPICS.stream().filter(t -> Assignors.id(t).equals(topic)).findFirst().orElse(null);
            }
            @Override public Uuid id(String topic) {
                return sizes.containsKey(topic) ? Assignors.id(topic) : null;
            }
            @Override public void clear() { }
        };
        Map<String, MemberSubscriptionAndAssignmentImpl> spec = new HashMap<>();
        Map<Uuid, Map<Integer, String>> owners = new HashMap<>();
        members.values().forEach(member -> {
            // The set of names as a consumer group keeps it.
            spec.put(member.id, new MemberSubscriptionAndAssignmentImpl(Optional.empty(), Optional.ofNullable(member.instance),
                new TopicIds(new java.util.HashSet<>(member.topics), resolver), new Assignment(member.has)));
            member.has.forEach((topic, partitions) ->
                partitions.forEach(p -> owners.computeIfAbsent(topic, t -> new HashMap<>()).put(p, member.id)));
        });
        SubscribedTopicDescriber describer = new SubscribedTopicDescriber() {
            @Override public int numPartitions(Uuid topic) {
                return byId.getOrDefault(topic, -1);
            }
            @Override public Set<String> racksForPartition(Uuid topic, int partition) {
                return Set.of();
            }
        };
        Map<String, MemberAssignment> result = assignor.assign(
            new GroupSpecImpl(spec, same ? SubscriptionType.HOMOGENEOUS : SubscriptionType.HETEROGENEOUS, owners), describer).members();
        out.append("== ").append(name).append(' ').append(assignor.name()).append(same ? " same" : " different").append('\n');
        out.append("topics");
        sizes.forEach((topic, size) -> out.append(' ').append(topic).append(':').append(size));
        out.append('\n');
        for (Member member : members.values()) {
            Map<Uuid, Set<Integer>> gets = result.containsKey(member.id) ? result.get(member.id).partitions() : Map.of();
            out.append(member.id).append(' ').append(member.instance == null ? "-" : member.instance).append(' ')
                .append(String.join(",", member.topics)).append(' ').append(show(member.has)).append(" > ").append(show(gets)).append('\n');
            // As a record of the target assignment brings it back: topics in any order, partitions ascending.
            Map<Uuid, Set<Integer>> kept = new LinkedHashMap<>();
            gets.forEach((topic, partitions) -> kept.put(topic, new LinkedHashSet<>(new TreeSet<>(partitions))));
            member.has = new HashMap<>();
            new TreeMap<>(kept).forEach((topic, partitions) -> member.has.put(topic, new java.util.HashSet<>(partitions)));
        }
    }

    private static String show(Map<Uuid, Set<Integer>> partitions) {
        List<String> words = new ArrayList<>();
        for (String topic : TOPICS)
            if (partitions.containsKey(id(topic)) && !partitions.get(id(topic)).isEmpty())
                words.add(topic + ":" + String.join("+", new TreeSet<>(partitions.get(id(topic))).stream().map(String::valueOf).toList()));
        return words.isEmpty() ? "-" : String.join(",", words);
    }
}
