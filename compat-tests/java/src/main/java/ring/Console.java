package ring;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.apache.kafka.tools.ConsoleProducer;
import org.apache.kafka.tools.consumer.ConsoleConsumer;

/** Console producer and consumer, each codec once, with keys and headers. */
final class Console {
    private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    private static final int LINES = 200;

    private Console() { }

    static void run(Broker broker) throws Exception {
        Admin.create(broker, "words", 2);
        for (String codec : CODECS) {
            String input = IntStream.range(0, LINES)
                .mapToObj(i -> "codec:" + codec + "\tkey" + i + "\tvalue " + codec + " " + i + " é\n")
                .collect(Collectors.joining());
            Tool.ok(input, ConsoleProducer::main, "--bootstrap-server", broker.address(), "--topic", "words",
                "--compression-codec", codec, "--reader-property", "parse.key=true", "--reader-property", "parse.headers=true");
        }
        int all = LINES * CODECS.size();
        String output = Tool.ok("", ConsoleConsumer::main, "--bootstrap-server", broker.address(), "--topic", "words",
            "--group", "readers", "--from-beginning", "--max-messages", Integer.toString(all), "--timeout-ms", "20000",
            "--formatter-property", "print.key=true", "--formatter-property", "print.headers=true",
            "--formatter-property", "print.offset=true", "--formatter-property", "print.partition=true");
        for (String codec : CODECS)
            for (int i = 0; i < LINES; i++) {
                String wanted = "codec:" + codec + "\tkey" + i + "\tvalue " + codec + " " + i + " é\n";
                Ring.expect(output.contains(wanted), "not consumed: " + wanted);
            }
        int counted = Admin.offsets(broker, "--topic", "words").lines().mapToInt(line -> Integer.parseInt(line.split(":")[2])).sum();
        Ring.expectEquals(all, counted, "end offsets");
        Ring.expectEquals("words:0:0\nwords:1:0", Admin.offsets(broker, "--topic", "words", "--time", "earliest"), "earliest");
        Ring.expect(Admin.offsets(broker, "--topic", "words", "--time", "max-timestamp").lines().count() == 2, "max-timestamp");
    }
}
