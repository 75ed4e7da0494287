package ring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** ConsumerGroupCommand --reset-offsets in all its forms, and --delete-offsets. */
final class Reset {
    private static final int RECORDS = 10;
    private static final long MINUTE_MS = 60_000;
    private static final String GROUP = "resetting";
    /** What the group has committed before each form. */
    private static final Map<String, Long> BEGIN = Map.of("reset-0", 5L, "reset-1", 7L, "reset-other-0", 2L);

    private final Broker broker;
    /** Timestamp of each partition's first record; the others follow a minute apart. */
    private final long first = System.currentTimeMillis() - RECORDS * MINUTE_MS;

    private Reset(Broker broker) {
        this.broker = broker;
    }

    static void run(Broker broker) throws Exception {
        Reset reset = new Reset(broker);
        reset.fill();
        reset.forms();
        reset.scopes();
        reset.files();
        reset.allGroups();
        reset.refusals();
        reset.deleteOffsets();
    }

    private void fill() throws Exception {
        Admin.create(broker, "reset", 2);
        Admin.create(broker, "reset-other", 1);
        try (KafkaProducer<byte[], byte[]> producer = Records.producer(broker)) {
            for (int i = 0; i < RECORDS; i++) {
                for (int partition = 0; partition < 2; partition++)
                    producer.send(new ProducerRecord<>("reset", partition, first + i * MINUTE_MS, null, Records.bytes("value" + i)));
                producer.send(new ProducerRecord<>("reset-other", 0, first + i * MINUTE_MS, null, Records.bytes("value" + i)));
            }
        }
    }

    /** Each form is planned (nothing changes), exported and executed. */
    private void forms() throws Exception {
        String[] topic = {"--topic", "reset"};
        form(offsets(0, 0), topic, "--to-earliest");
        form(offsets(10, 10), topic, "--to-latest");
        form(offsets(4, 4), topic, "--to-offset", "4");
        form(offsets(10, 10), topic, "--to-offset", "99");
        form(offsets(7, 9), topic, "--shift-by", "2");
        form(offsets(2, 4), topic, "--shift-by", "-3");
        form(offsets(0, 1), topic, "--shift-by", "-6");
        form(offsets(5, 7), topic, "--to-current");
        // The records of minutes 0..9 are 10..1 minutes old, and a little older by now.
        form(offsets(7, 7), topic, "--by-duration", "PT3M30S");
        form(offsets(0, 0), topic, "--by-duration", "PT2H");
        form(offsets(3, 3), topic, "--to-datetime", time(first + 3 * MINUTE_MS));
        form(offsets(4, 4), topic, "--to-datetime", time(first + 3 * MINUTE_MS + 1));
        form(offsets(10, 10), topic, "--to-datetime", time(first + 30 * MINUTE_MS));
    }

    private void scopes() throws Exception {
        form(Map.of("reset-1", 10L), new String[] {"--topic", "reset:1"}, "--to-latest");
        form(offsets(10, 10), new String[] {"--topic", "reset:0,1"}, "--to-latest");
        Map<String, Long> all = Map.of("reset-0", 10L, "reset-1", 10L, "reset-other-0", 10L);
        form(all, new String[] {"--topic", "reset", "--topic", "reset-other"}, "--to-latest");
        form(all, new String[] {"--all-topics"}, "--to-latest");
        form(Map.of("reset-0", 4L, "reset-1", 6L, "reset-other-0", 1L), new String[] {"--all-topics"}, "--shift-by", "-1");
    }

    /** What one form exports another reads. */
    private void files() throws Exception {
        commit();
        Path file = Files.createTempFile("offsets", ".csv");
        Files.writeString(file, "\"reset\",0,1\n\"reset\",1,2\n\"reset-other\",0,3\n");
        Map<String, Long> wanted = Map.of("reset-0", 1L, "reset-1", 2L, "reset-other-0", 3L);
        form(wanted, new String[] {}, "--from-file", file.toString());
        commit();
        String exported = Admin.group(broker, "--reset-offsets", "--group", GROUP, "--all-topics", "--to-current", "--export", "--dry-run");
        Files.writeString(file, exported);
        Admin.group(broker, "--reset-offsets", "--group", GROUP, "--all-topics", "--to-earliest", "--execute");
        Admin.group(broker, "--reset-offsets", "--group", GROUP, "--from-file", file.toString(), "--execute");
        Ring.expectEquals(new TreeMap<>(BEGIN), committed(GROUP), "committed again from an exported file");
        Files.delete(file);
    }

    private void allGroups() throws Exception {
        for (String group : List.of("resetting-a", "resetting-b"))
            Records.commit(broker, group, Map.of(new TopicPartition("reset-other", 0), new OffsetAndMetadata(1)));
        String text = Admin.group(broker, "--reset-offsets", "--group", "resetting-a", "--group", "resetting-b",
            "--topic", "reset-other", "--to-offset", "6", "--execute");
        for (String group : List.of("resetting-a", "resetting-b")) {
            Ring.expect(text.lines().anyMatch(line -> line.trim().split("\\s+")[0].equals(group)), text);
            Ring.expectEquals(Map.of("reset-other-0", 6L), committed(group), "committed by " + group);
            Admin.group(broker, "--delete", "--group", group);
        }
    }

    private void refusals() throws Exception {
        commit();
        String planned = Admin.group(broker, "--reset-offsets", "--group", GROUP, "--topic", "reset", "--to-latest");
        Ring.expect(planned.contains("WARN: No action will be performed as the --execute option is missing"), planned);
        Ring.expectEquals(new TreeMap<>(BEGIN), committed(GROUP), "committed after a plan");
        // A group that nobody knows gets offsets: that is how one prepares a group.
        Ring.expectEquals(Map.of("reset-0", 10L, "reset-1", 10L),
            plan("--reset-offsets", "--group", "prepared", "--topic", "reset", "--to-latest", "--execute"), "of a new group");
        Ring.expectEquals(Map.of("reset-0", 10L, "reset-1", 10L), committed("prepared"), "committed by a new group");
        Tool.Result unknown = Admin.tryGroup(broker, "--reset-offsets", "--group", GROUP, "--topic", "reset:7", "--to-latest", "--execute");
        Ring.expect(!unknown.output().contains("reset  "), unknown.output());
        for (String protocol : Member.protocols(broker))
            try (Member member = Member.join(broker, "busy", "reset", "group.protocol", protocol)) {
                member.awaitAssigned();
                String refused = Admin.tryGroup(broker, "--reset-offsets", "--group", "busy", "--topic", "reset", "--to-latest",
                    "--execute").output();
                Ring.expect(refused.contains("Assignments can only be reset if the group 'busy' is inactive, but the current state is Stable."),
                    refused);
            }
    }

    private void deleteOffsets() throws Exception {
        commit();
        String text = Admin.group(broker, "--delete-offsets", "--group", GROUP, "--topic", "reset:0");
        Ring.expectEquals(List.of("reset 0 Successful"), rows(text, "TOPIC PARTITION STATUS"), text);
        Ring.expectEquals(Map.of("reset-1", 7L, "reset-other-0", 2L), committed(GROUP), "left by --delete-offsets");
        text = Admin.group(broker, "--delete-offsets", "--group", GROUP, "--topic", "reset", "--topic", "reset-other");
        Ring.expectEquals(List.of("reset 0 Successful", "reset 1 Successful", "reset-other 0 Successful"),
            rows(text, "TOPIC PARTITION STATUS").stream().sorted().toList(), text);
        Ring.expectEquals(Map.of(), committed(GROUP), "left by --delete-offsets of all");
        text = Admin.tryGroup(broker, "--delete-offsets", "--group", "nobody-knows-it", "--topic", "reset:0").output();
        Ring.expect(text.contains("GroupIdNotFoundException"), text);
        for (String protocol : Member.protocols(broker))
            try (Member member = Member.join(broker, "holding-" + protocol, "reset", "group.protocol", protocol)) {
                member.awaitAssigned();
                text = Admin.tryGroup(broker, "--delete-offsets", "--group", "holding-" + protocol, "--topic", "reset:0").output();
                Ring.expect(text.contains("GroupSubscribedToTopicException"), text);
            }
    }

    private void form(Map<String, Long> wanted, String[] scope, String... how) throws Exception {
        List<String> args = new ArrayList<>(List.of("--reset-offsets", "--group", GROUP));
        args.addAll(List.of(scope));
        args.addAll(List.of(how));
        String what = String.join(" ", args);
        commit();
        args.add("--dry-run");
        Ring.expectEquals(new TreeMap<>(wanted), plan(args.toArray(String[]::new)), what + ": planned");
        args.add("--export");
        Map<String, Long> exported = new TreeMap<>();
        for (String line : Admin.group(broker, args.toArray(String[]::new)).lines().toList()) {
            String[] fields = line.replace("\"", "").split(",");
            if (fields.length == 3)
                exported.put(fields[0] + "-" + fields[1], Long.parseLong(fields[2]));
        }
        Ring.expectEquals(new TreeMap<>(wanted), exported, what + ": exported");
        Ring.expectEquals(new TreeMap<>(BEGIN), committed(GROUP), what + ": committed after --dry-run");
        args.remove("--export");
        args.remove("--dry-run");
        args.add("--execute");
        Ring.expectEquals(new TreeMap<>(wanted), plan(args.toArray(String[]::new)), what + ": executed");
        Map<String, Long> after = new TreeMap<>(BEGIN);
        after.putAll(wanted);
        Ring.expectEquals(after, committed(GROUP), what + ": committed");
    }

    private Map<String, Long> plan(String... args) throws Exception {
        Map<String, Long> rows = new TreeMap<>();
        String text = Admin.group(broker, args);
        for (String row : rows(text, "GROUP TOPIC PARTITION NEW-OFFSET")) {
            String[] fields = row.split(" ");
            rows.put(fields[1] + "-" + fields[2], Long.parseLong(fields[3]));
        }
        Ring.expect(!rows.isEmpty(), text);
        return rows;
    }

    /** The rows below a header, with single spaces. */
    static List<String> rows(String text, String header) {
        List<String> lines = text.lines().map(line -> line.trim().replaceAll("\\s+", " ")).toList();
        int at = lines.indexOf(header);
        Ring.expect(at >= 0, "no header " + header + " in\n" + text);
        return lines.subList(at + 1, lines.size()).stream().filter(line -> !line.isEmpty()).toList();
    }

    private void commit() throws Exception {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        BEGIN.forEach((name, offset) -> {
            int dash = name.lastIndexOf('-');
            offsets.put(new TopicPartition(name.substring(0, dash), Integer.parseInt(name.substring(dash + 1))),
                new OffsetAndMetadata(offset));
        });
        Records.commit(broker, GROUP, offsets);
    }

    private Map<String, Long> committed(String group) throws Exception {
        Map<String, Long> offsets = new TreeMap<>();
        Records.committed(broker, group).forEach((partition, offset) -> offsets.put(partition.toString(), offset.offset()));
        return offsets;
    }

    private static Map<String, Long> offsets(long first, long second) {
        return Map.of("reset-0", first, "reset-1", second);
    }

    private static String time(long timestamp) {
        return DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS").withZone(ZoneOffset.UTC).format(Instant.ofEpochMilli(timestamp)) + "Z";
    }
}
