package ring;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** ConsumerGroupCommand --list, --describe and --delete over groups of both protocols, empty ones and simple ones. */
final class Commands {
    private static final String MEMBERS = "GROUP CONSUMER-ID HOST CLIENT-ID #PARTITIONS";
    private static final String OFFSETS = "GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID";
    private static final String STATE = "GROUP COORDINATOR (ID) ASSIGNMENT-STRATEGY STATE #MEMBERS";

    private Commands() { }

    static void run(Broker broker) throws Exception {
        Admin.create(broker, "commanded", 3);
        Records.keyed(broker, "commanded", 90, 30, 10);
        Records.commit(broker, "simple", Map.of(new TopicPartition("commanded", 1), new OffsetAndMetadata(3, "a note")));
        List<Member> members = new ArrayList<>();
        try {
            for (String protocol : Member.protocols(broker))
                for (int i = 0; i < 2; i++)
                    members.add(Member.join(broker, "on-" + protocol, "commanded", "group.protocol", protocol));
            for (int i = 0; i < members.size(); i += 2)
                awaitShared(members.get(i), members.get(i + 1));
            Ledger.await("all records of both groups", () -> lag(broker, "on-classic") == 0 && lag(broker, "on-consumer") == 0);
            list(broker);
            for (String protocol : Member.protocols(broker)) {
                describe(broker, "on-" + protocol, protocol);
                refuseDelete(broker, "on-" + protocol);
            }
            empty(broker);
            remove(broker, members.get(0));
        } finally {
            for (Member member : members)
                member.close();
        }
        delete(broker);
    }

    /** Waits until two members share the three partitions. */
    static void awaitShared(Member one, Member other) throws Exception {
        Ledger.await("shares of " + one.name + " and " + other.name, () -> {
            Set<Integer> a = one.assigned();
            Set<Integer> b = other.assigned();
            Set<Integer> all = new TreeSet<>();
            if (a == null || b == null || a.isEmpty() || b.isEmpty())
                return false;
            all.addAll(a);
            all.addAll(b);
            return all.size() == a.size() + b.size() && all.equals(Set.of(0, 1, 2));
        });
    }

    private static void list(Broker broker) throws Exception {
        Ring.expectEquals(Set.of("on-classic", "on-consumer", "simple"), ours(Admin.group(broker, "--list")), "--list");
        Map<String, String> states = Map.of("on-classic", "Stable", "on-consumer", "Stable", "simple", "Empty");
        Ring.expectEquals(states, table(broker, 0, "GROUP STATE", "--list", "--state"), "--list --state");
        Ring.expectEquals(Map.of("simple", "Empty"), table(broker, 0, "GROUP STATE", "--list", "--state", "Empty"), "--state Empty");
        Ring.expectEquals(states, table(broker, 0, "GROUP STATE", "--list", "--state", "empty,Stable"), "--state empty,Stable");
        Ring.expectEquals(Map.of(), table(broker, 0, "GROUP STATE", "--list", "--state", "Assigning"), "--state Assigning");
        Map<String, String> types = Map.of("on-classic", "Classic", "on-consumer", "Consumer", "simple", "Classic");
        Ring.expectEquals(types, table(broker, 0, "GROUP TYPE", "--list", "--type"), "--list --type");
        Ring.expectEquals(Map.of("on-consumer", "Consumer"), table(broker, 0, "GROUP TYPE", "--list", "--type", "consumer"), "--type consumer");
        Ring.expectEquals(Map.of("on-classic", "Classic Stable"),
            table(broker, 0, "GROUP TYPE STATE", "--list", "--type", "classic", "--state", "Stable"), "--type --state");
        String refused = Admin.tryGroup(broker, "--list", "--state", "Sleepy").output();
        Ring.expect(refused.contains("Invalid state list"), refused);
    }

    private static void describe(Broker broker, String group, String protocol) throws Exception {
        boolean classic = protocol.equals("classic");
        for (String[] how : new String[][] {{}, {"--offsets"}}) {
            List<String> rows = Reset.rows(Admin.group(broker, with(how, "--describe", "--group", group)), OFFSETS);
            Ring.expectEquals(3, rows.size(), "rows of " + rows);
            long read = 0;
            for (String row : rows) {
                String[] f = row.split(" ");
                Ring.expect(f[0].equals(group) && f[1].equals("commanded") && f[3].equals(f[4]) && f[5].equals("0") && f[6].length() > 20
                    && f[7].equals("/127.0.0.1") && f[8].startsWith(group), row);
                read += Long.parseLong(f[3]);
            }
            Ring.expectEquals(90L, read, "offsets of " + rows);
        }
        List<String> members = Reset.rows(Admin.group(broker, "--describe", "--group", group, "--members"), MEMBERS);
        Ring.expectEquals(Set.of("1", "2"), new TreeSet<>(members.stream().map(row -> row.split(" ")[4]).toList()), "shares: " + members);
        String verbose = Admin.group(broker, "--describe", "--group", group, "--members", "--verbose");
        Ring.expect(verbose.contains("CURRENT-EPOCH") && verbose.contains("TARGET-ASSIGNMENT"), verbose);
        Set<String> seen = new TreeSet<>();
        for (String row : verbose.lines().filter(line -> line.startsWith(group)).toList()) {
            String[] f = row.trim().split("\\s+");
            Ring.expect(f[5].equals(classic ? "-" : f[7]) && (classic || f[6].equals(f[8])), row);
            seen.addAll(List.of(f[6].replaceAll("commanded:|[;()]", "").split(",")));
        }
        Ring.expectEquals(Set.of("0", "1", "2"), seen, "assignments: " + verbose);
        String state = Reset.rows(Admin.group(broker, "--describe", "--group", group, "--state"), STATE).get(0);
        Ring.expect(state.equals(group + " " + broker.address() + " (1) " + (classic ? "range" : "uniform") + " Stable 2"), state);
        String epochs = Admin.group(broker, "--describe", "--group", group, "--state", "--verbose");
        Ring.expect(epochs.contains("GROUP-EPOCH") && epochs.contains("TARGET-ASSIGNMENT-EPOCH"), epochs);
        String all = Admin.group(broker, "--describe", "--all-groups", "--state");
        Ring.expect(List.of("on-classic", "on-consumer", "simple").stream().allMatch(all::contains), all);
    }

    private static void empty(Broker broker) throws Exception {
        String text = Admin.group(broker, "--describe", "--group", "simple");
        Ring.expect(text.contains("Consumer group 'simple' has no active members."), text);
        String row = Reset.rows(text.substring(text.indexOf("GROUP ")), OFFSETS).get(0);
        Ring.expect(row.matches("simple commanded 1 3 \\d+ \\d+ - - -"), row);
        String state = Reset.rows(text("--describe", broker, "simple", "--state"), STATE).get(0);
        Ring.expect(state.endsWith("Empty 0"), state);
        String unknown = Admin.tryGroup(broker, "--describe", "--group", "never-seen").output();
        Ring.expect(unknown.contains("GroupIdNotFoundException: Group never-seen not found."), unknown);
    }

    private static String text(String what, Broker broker, String group, String more) throws Exception {
        String text = Admin.group(broker, what, "--group", group, more);
        return text.substring(text.indexOf("GROUP "));
    }

    /** The group closes ranks when an operator removes its members; they come back by themselves. */
    private static void remove(Broker broker, Member member) throws Exception {
        try (org.apache.kafka.clients.admin.Admin admin = Records.admin(broker)) {
            admin.removeMembersFromConsumerGroup("on-classic", new RemoveMembersFromConsumerGroupOptions()).all().get();
        }
        Ledger.await("the members' return", () -> table(broker, 0, "GROUP STATE", "--list", "--state", "Stable").containsKey("on-classic")
            && Reset.rows(Admin.group(broker, "--describe", "--group", "on-classic", "--members"), MEMBERS).size() == 2);
    }

    private static void refuseDelete(Broker broker, String group) throws Exception {
        String text = Admin.tryGroup(broker, "--delete", "--group", group).output();
        Ring.expect(text.contains("Deletion of some consumer groups failed") && text.contains("GroupNotEmptyException"), text);
    }

    private static void delete(Broker broker) throws Exception {
        String text = Admin.group(broker, "--delete", "--group", "simple", "--group", "on-classic", "--group", "on-consumer");
        Ring.expect(text.contains("Deletion of requested consumer groups (") && text.contains("was successful."), text);
        Ring.expectEquals(Set.of(), ours(Admin.group(broker, "--list")), "groups after --delete");
        text = Admin.tryGroup(broker, "--delete", "--group", "simple").output();
        Ring.expect(text.contains("GroupIdNotFoundException"), text);
    }

    private static long lag(Broker broker, String group) throws Exception {
        return 90 - Records.committed(broker, group).values().stream().mapToLong(OffsetAndMetadata::offset).sum();
    }

    private static Set<String> ours(String text) {
        Set<String> groups = new TreeSet<>(text.lines().map(String::trim).toList());
        groups.retainAll(Set.of("on-classic", "on-consumer", "simple"));
        return groups;
    }

    /** The rows of our groups by the word in column `key`; the rest of each is the value. */
    private static Map<String, String> table(Broker broker, int key, String header, String... args) throws Exception {
        Map<String, String> rows = new TreeMap<>();
        for (String row : Reset.rows(Admin.group(broker, args), header)) {
            List<String> words = new ArrayList<>(Arrays.asList(row.split(" ")));
            String group = words.remove(key);
            if (!ours(group).isEmpty())
                rows.put(group, String.join(" ", words));
        }
        return rows;
    }

    private static String[] with(String[] more, String... args) {
        String[] all = Arrays.copyOf(args, args.length + more.length);
        System.arraycopy(more, 0, all, args.length, more.length);
        return all;
    }
}
