package ring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.apache.kafka.tools.DumpLogSegments;

/** DumpLogSegments over every file that the broker left after a clean stop. */
final class Dump {
    private static final Pattern COMPLAINT = Pattern.compile(
        "(?i)mismatch|isvalid: false|is not |exception|corrupt|trailing|found .*(error|invalid)|could not|out of order|non-consecutive|not found");

    private Dump() { }

    static void run(Broker broker) throws Exception {
        broker.stop();
        int batches = folder(broker.data());
        Ring.expect(batches > 100, "only " + batches + " batches");
    }

    /** Both DumpLogSegments and Ottla read every file of a folder without complaint, and see the same. Answers the batches. */
    static int folder(Path data) throws Exception {
        List<Path> files;
        try (Stream<Path> all = Files.walk(data)) {
            files = all.filter(path -> path.toString().matches(".*\\.(log|index|timeindex|snapshot|txnindex|checkpoint)"))
                .filter(path -> !path.getParent().equals(data) && !path.getParent().toString().endsWith("-delete")).sorted().toList();
        }
        int batches = 0;
        List<String> complaints = new ArrayList<>();
        for (Path file : files) {
            if (Files.size(file) == 0)
                continue; // an index without entries, a log without records
            Tool.Result result;
            try {
                result = Tool.run(DumpLogSegments::main, arguments(file));
            } catch (Exception error) {
                complaints.add(file + ": " + error);
                continue;
            }
            // Gaps are what compaction leaves, and the first record of a file always follows "-1": Kafka's tool tells of
            // both in Kafka's own folders too.
            boolean compacted = file.getParent().getFileName().toString().matches("(__|compacted).*");
            String gap = "Non-consecutive offsets in .*\\n.*" + (compacted ? "" : " -1") + " is followed by .*\\n";
            String output = result.output().replaceAll(gap, "");
            Matcher complaint = COMPLAINT.matcher(output);
            if (result.status() != 0 || complaint.find())
                complaints.add(file + ":\n" + excerpt(output, result.status() == 0 ? complaint.start() : 0));
            else if (Look.isThere() && file.toString().matches(".*(log|index)"))
                Look.agree(file, output);
            batches += (int) output.lines().filter(line -> line.startsWith("baseOffset:")).count();
        }
        Ring.expect(complaints.isEmpty(), String.join("\n", complaints));
        if (Look.isThere())
            Look.verify(data);
        Tool.terminal.println("  " + files.size() + " files, " + batches + " batches");
        return batches;
    }

    private static String[] arguments(Path file) {
        String name = file.toString();
        List<String> args = new ArrayList<>(List.of("--files", name));
        if (name.contains("__cluster_metadata-0"))
            args.add("--cluster-metadata-decoder");
        else if (name.contains("__consumer_offsets-") && name.endsWith(".log"))
            args.add("--offsets-decoder");
        else if (name.contains("__transaction_state-") && name.endsWith(".log"))
            args.add("--transaction-log-decoder");
        else if (name.endsWith(".log"))
            args.add("--deep-iteration");
        return args.toArray(String[]::new);
    }

    private static String excerpt(String text, int at) {
        return text.substring(Math.max(0, at - 300), Math.min(text.length(), at + 700));
    }
}
