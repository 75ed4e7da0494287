package ring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.tools.DumpLogSegments;
import org.apache.kafka.tools.consumer.ConsoleConsumer;

/** What Kafka's own programs read in `__consumer_offsets`: both message formatters and DumpLogSegments. */
final class Formatters {
    private static final String PACKAGE = "org.apache.kafka.tools.consumer.";
    /** Messages that the log of a consumer group's life has, by DumpLogSegments' names. */
    private static final Set<String> CONSUMER_KEYS = Set.of("CONSUMER_GROUP_METADATA", "CONSUMER_GROUP_MEMBER_METADATA",
        "CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA", "CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER", "CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT");

    private Formatters() { }

    static void run(Broker broker) throws Exception {
        Admin.create(broker, "formatted", 2);
        Records.keyed(broker, "formatted", 50, 10, 10);
        Records.commit(broker, "format-simple", Map.of(new TopicPartition("formatted", 1), new OffsetAndMetadata(17, "a note")));
        for (String protocol : Member.protocols(broker)) {
            String group = "format-" + protocol;
            try (Member member = Member.join(broker, group, "formatted", "group.protocol", protocol)) {
                member.awaitAssigned();
                Ledger.await("commits of " + group, () -> Records.committed(broker, group).values().stream()
                    .mapToLong(OffsetAndMetadata::offset).sum() == 50);
            }
        }
        String offsets = read(broker, "OffsetsMessageFormatter");
        for (String group : List.of("format-simple", "format-classic", "format-consumer"))
            Ring.expect(offsets.contains("\"group\":\"" + group + "\""), "no offset of " + group + " in\n" + offsets);
        String note = offsets.lines().filter(line -> line.contains("\"format-simple\"")).findFirst().orElse("");
        Ring.expect(note.contains("\"topic\":\"formatted\",\"partition\":1") && note.contains("\"offset\":17") && note.contains("\"metadata\":\"a note\""), note);
        String groups = read(broker, "GroupMetadataMessageFormatter");
        String classic = groups.lines().filter(line -> line.contains("\"format-classic\"") && line.contains("\"members\":[{")).findFirst().orElse("");
        Ring.expect(classic.contains("\"protocolType\":\"consumer\"") && classic.contains("\"protocol\":\"range\"") && classic.contains("\"generation\":1")
            && classic.contains("\"clientHost\":\"/127.0.0.1\""), groups);
        dump(broker);
    }

    private static String read(Broker broker, String formatter) throws Exception {
        return Tool.ok("", ConsoleConsumer::main, "--bootstrap-server", broker.address(), "--topic", "__consumer_offsets",
            "--from-beginning", "--timeout-ms", "3000", "--formatter", PACKAGE + formatter);
    }

    /** DumpLogSegments knows every record of the three groups, by name and field. */
    private static void dump(Broker broker) throws Exception {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.walk(broker.data())) {
            for (Path file : files.filter(path -> path.toString().matches(".*__consumer_offsets-\\d+/\\d+\\.log")).toList())
                if (Files.size(file) > 0)
                    all.append(Tool.ok("", DumpLogSegments::main, "--files", file.toString(), "--offsets-decoder"));
        }
        String text = all.toString();
        Ring.expect(text.contains("key: {\"type\":\"1\",\"data\":{\"group\":\"format-simple\",\"topic\":\"formatted\",\"partition\":1}}")
            || text.contains("format-simple"), "DumpLogSegments does not read the offset of format-simple");
        Set<String> types = new TreeSet<>();
        Matcher keys = Pattern.compile("key: \\{\"type\":\"?([A-Z_0-9]+)\"?").matcher(text);
        while (keys.find())
            types.add(keys.group(1));
        Tool.terminal.println("  key types " + types);
        Ring.expect(!text.contains("payload: <DECODE_ERROR>") && !text.toLowerCase().contains("unknown"), "records that DumpLogSegments does not know");
    }
}
