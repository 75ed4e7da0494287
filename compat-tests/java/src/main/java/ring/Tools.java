package ring;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Apache's command-line tools beside the tools of the ottla binary, line by line: Tools DIR CASES OTTLA. Each line of the file
 * CASES is a Java class and its arguments ({b} the broker, {dir} a folder, ~ a space); both sides go through all of them in
 * order, each against a broker of its own. Standard output and exit code must be the same, but for ids, ports, epochs and
 * times. Help texts are not compared.
 */
public final class Tools {
    private static final int TOOL_LIMIT_S = 90;

    /** What a tool printed to its standard output, and its exit code. */
    private record Ran(int code, String out) { }

    private Tools() { }

    public static void main(String[] args) throws Exception {
        Tool.install();
        Path dir = Path.of(args[0]);
        List<String> cases = Files.readAllLines(Path.of(args[1])).stream()
            .filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
        Broker forTheirs = new Broker(dir.resolve("theirs"));
        Broker forOurs = new Broker(dir.resolve("ours"));
        forTheirs.start();
        forOurs.start();
        // The log takes the error stream that it finds first; tools are compared without it.
        PrintStream errors = System.err;
        System.setErr(new PrintStream(OutputStream.nullOutputStream()));
        List<KafkaProducer<String, String>> open = List.of(transactions(forTheirs), transactions(forOurs));
        System.setErr(errors);
        List<Ran> theirs = new ArrayList<>();
        long begun = System.nanoTime();
        for (String line : cases)
            theirs.add(theirs(words(line, forTheirs, dir.resolve("theirs"))));
        long between = System.nanoTime();
        int differ = 0;
        for (int i = 0; i < cases.size(); i++) {
            Ran ours = ours(args[2], words(cases.get(i), forOurs, dir.resolve("ours")));
            String wanted = normal(theirs.get(i).out), got = normal(ours.out);
            if (ours.code == theirs.get(i).code && wanted.equals(got))
                continue;
            differ++;
            Tool.terminal.printf("%s%n  exit code %d, wanted %d%n--- wanted%n%s%n--- got%n%s%n", cases.get(i), ours.code,
                theirs.get(i).code, wanted, got);
        }
        Tool.terminal.printf("ring-tools: %d of %d cases differ; theirs %.1f s, ours %.1f s%n", differ, cases.size(),
            (between - begun) / 1e9, (System.nanoTime() - between) / 1e9);
        Tool.terminal.flush();
        open.forEach(producer -> producer.close(Duration.ZERO));
        Broker.killAll();
        Runtime.getRuntime().halt(differ == 0 ? 0 : 1); // whatever threads the tools left behind
    }

    /** A transaction that was ended, and one that stays open: what there is to show of transactions. */
    private static KafkaProducer<String, String> transactions(Broker broker) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.address()))) {
            admin.createTopics(List.of(new NewTopic("open", 2, (short) 1))).all().get();
        }
        KafkaProducer<String, String> last = null;
        for (String id : List.of("ended", "open")) {
            if (last != null) {
                last.commitTransaction();
                last.close();
            }
            last = new KafkaProducer<>(Map.of("bootstrap.servers", broker.address(), "transactional.id", id),
                new StringSerializer(), new StringSerializer());
            last.initTransactions();
            last.beginTransaction();
            for (int partition = 0; partition < 2; partition++)
                last.send(new ProducerRecord<>("open", partition, "k", "v")).get();
        }
        return last;
    }

    private static String[] words(String line, Broker broker, Path dir) {
        return Arrays.stream(line.trim().split(" +"))
            .map(word -> word.replace("{b}", broker.address()).replace("{dir}", dir.toString()).replace("~", " "))
            .toArray(String[]::new);
    }

    /** Apache's class, inside this process; its standard error goes nowhere. */
    private static Ran theirs(String[] words) throws Exception {
        Tool.Main main = args -> {
            try {
                Class.forName(words[0]).getMethod("main", String[].class).invoke(null, (Object) args);
            } catch (InvocationTargetException e) {
                if (e.getCause() instanceof Exception cause)
                    throw cause;
                throw e;
            }
        };
        Tool.Result ran = Tool.runQuietly(main, Arrays.copyOfRange(words, 1, words.length));
        return new Ran(ran.status(), ran.output());
    }

    private static Ran ours(String binary, String[] words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(binary, "kafka-run-class"));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(TOOL_LIMIT_S, TimeUnit.SECONDS))
            throw new IllegalStateException("still runs after " + TOOL_LIMIT_S + " s: " + command);
        return new Ran(process.exitValue(), out);
    }

    /** Leaves out what two brokers, or two moments, may differ in. */
    private static String normal(String out) {
        return out.replaceAll("TopicId: \\S+", "TopicId: X")
            .replaceAll("directory.?[iI]d\"?[=:] ?\"?[A-Za-z0-9_-]{22}", "directory id X")
            .replaceAll("\\b[A-Za-z0-9_-]{22}\\b", "ID")
            .replaceAll("(localhost|127\\.0\\.0\\.1)[: ]\\d+", "HOST")
            .replaceAll("Epoch: \\d+", "Epoch: N")
            .replaceAll("(HighWatermark: +)\\d+", "$1N")
            .replaceAll("/(theirs|ours)\\b", "/DIR")
            .replaceAll("crc: \\d+", "crc: N")
            .replaceAll("\\d{13}", "TIME")
            .replaceAll("TIME *\t\\d+ *\t", "TIME\tDURATION\t")
            .replaceAll("(?m)^\\s+(at |\\.\\.\\. ).*\n", "") // what Java shows of its stack
            .stripTrailing();
    }
}
