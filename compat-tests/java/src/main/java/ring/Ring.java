package ring;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Apache Kafka's command-line tools and kcat against one broker: Ring DIR [CHECK]... */
public final class Ring {
    interface Check {
        void run(Broker broker) throws Exception;
    }

    private Ring() { }

    public static void main(String[] args) throws Exception {
        Tool.install();
        Map<String, Check> checks = new LinkedHashMap<>();
        checks.put("topics", Admin::topics);
        checks.put("console", Console::run);
        checks.put("groups", Admin::groups);
        checks.put("commands", Commands::run);
        checks.put("reset", Reset::run);
        checks.put("formatters", Formatters::run);
        checks.put("members", Members::run);
        checks.put("kcat", Kcat::run);
        checks.put("verifiable", Verifiable::run);
        checks.put("copier", broker -> Copier.run(broker, Path.of(args[0]).resolve("copier")));
        checks.put("streams", broker -> Counts.run(broker, Path.of(args[0]).resolve("streams")));
        checks.put("dump", Dump::run); // it stops the broker and reads what all others left; the rest start their own
        checks.put("shortened", broker -> Aged.shortened(Path.of(args[0]).resolve("shortened")));
        checks.put("compacted", broker -> Aged.compacted(Path.of(args[0]).resolve("compacted")));
        checks.put("admin", broker -> AdminCalls.run(Path.of(args[0]).resolve("admin")));
        checks.put("tools", broker -> AdminTools.run(Path.of(args[0]).resolve("tools")));
        checks.put("transactions", broker -> Transactions.run(Path.of(args[0]).resolve("transactions")));
        checks.put("rules", broker -> ConfigRules.run());
        checks.put("files", broker -> ConfigFiles.run(Path.of(args[0]).resolve("files")));
        checks.put("described", broker -> Described.run(Path.of(args[0]).resolve("described")));
        checks.put("assignors", broker -> Assignors.run());
        checks.put("inherit", broker -> Inherit.run(Path.of(args[0])));
        List<String> wanted = List.of(args).subList(1, args.length);
        Broker broker = new Broker(Path.of(args[0]));
        broker.start();
        int failed = 0;
        for (Map.Entry<String, Check> check : checks.entrySet()) {
            if (!wanted.isEmpty() && !wanted.contains(check.getKey()))
                continue;
            long begun = System.nanoTime();
            String outcome = "ok";
            try {
                check.getValue().run(broker);
            } catch (Throwable error) {
                Tool.printTo(null);
                failed++;
                outcome = "FAILED";
                error.printStackTrace(Tool.terminal);
            }
            Tool.terminal.printf("ring-java %-10s %-6s %.1f s%n", check.getKey(), outcome, (System.nanoTime() - begun) / 1e9);
        }
        Child.killAll();
        Broker.killAll();
        Tool.terminal.printf("ring-java: %s%n", failed == 0 ? "all checks passed" : failed + " checks failed");
        Tool.terminal.flush();
        Runtime.getRuntime().halt(failed == 0 ? 0 : 1); // whatever threads the tools left behind
    }

    static void expect(boolean holds, String otherwise) {
        if (!holds)
            throw new AssertionError(otherwise);
    }

    static void expectEquals(Object wanted, Object got, String what) {
        expect(wanted.equals(got), what + ": wanted " + wanted + ", got " + got);
    }
}
