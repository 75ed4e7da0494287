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
        List<Path> files;
        try (Stream<Path> all = Files.walk(broker.data())) {
            files = all.filter(path -> path.toString().matches(".*\\.(log|index|timeindex|snapshot|txnindex|checkpoint)"))
                .filter(path -> !path.getParent().equals(broker.data()) && !path.getParent().toString().endsWith("-delete")).sorted().toList();
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
            String output = result.output();
            Matcher complaint = COMPLAINT.matcher(output);
            if (result.status() != 0 || complaint.find())
                complaints.add(file + ":\n" + excerpt(output, result.status() == 0 ? complaint.start() : 0));
            batches += (int) output.lines().filter(line -> line.startsWith("baseOffset:")).count();
        }
        Ring.expect(complaints.isEmpty(), String.join("\n", complaints));
        Ring.expect(batches > 100, "only " + batches + " batches found in " + files.size() + " files");
        Tool.terminal.println("  " + files.size() + " files, " + batches + " batches");
    }

    private static String[] arguments(Path file) {
        String name = file.toString();
        List<String> args = new ArrayList<>(List.of("--files", name));
        if (name.contains("__cluster_metadata-0"))
            args.add("--cluster-metadata-decoder");
        else if (name.contains("__consumer_offsets-") && name.endsWith(".log"))
            args.add("--offsets-decoder");
        else if (name.endsWith(".log"))
            args.add("--deep-iteration");
        return args.toArray(String[]::new);
    }

    private static String excerpt(String text, int at) {
        return text.substring(Math.max(0, at - 300), Math.min(text.length(), at + 700));
    }
}
