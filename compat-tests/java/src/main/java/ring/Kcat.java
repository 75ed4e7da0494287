package ring;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** kcat (librdkafka): metadata, produce, consume, offsets by time, a group. */
final class Kcat {
    private static final int LIMIT_S = 30;

    private Kcat() { }

    static void run(Broker broker) throws Exception {
        StringBuilder input = new StringBuilder();
        for (int i = 0; i < 500; i++)
            input.append("k").append(i % 7).append(":line ").append(i).append('\n');
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd"))
            kcat(broker, input.toString(), "-P", "-t", "cat", "-K:", "-z", codec, "-X", "acks=all");
        String text = kcat(broker, "", "-L", "-t", "cat");
        Ring.expect(text.contains("topic \"cat\"") && text.contains("leader 1"), text);
        String all = kcat(broker, "", "-C", "-t", "cat", "-o", "beginning", "-e", "-q", "-f", "%k:%s\n");
        Ring.expectEquals(2500L, all.lines().count(), "lines consumed");
        Ring.expect(input.toString().lines().allMatch(all::contains), "a line is missing");
        Ring.expectEquals("cat [0] offset 0", kcat(broker, "", "-Q", "-t", "cat:0:1").strip(), "offset by time");
        String grouped = kcat(broker, "", "-G", "cats", "-X", "auto.offset.reset=earliest", "-c", "2500", "-q", "-u", "cat");
        Ring.expectEquals(2500L, grouped.lines().count(), "lines consumed in a group");
    }

    private static String kcat(Broker broker, String input, String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of("timeout", Integer.toString(LIMIT_S), "kcat", "-b", broker.address()));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var to = process.getOutputStream()) {
            to.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor(LIMIT_S, TimeUnit.SECONDS);
        Ring.expectEquals(0, process.exitValue(), String.join(" ", command) + "\n" + output);
        return output;
    }
}
