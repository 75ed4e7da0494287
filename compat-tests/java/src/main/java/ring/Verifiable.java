package ring;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

import org.apache.kafka.tools.VerifiableConsumer;
import org.apache.kafka.tools.VerifiableProducer;

/**
 * VerifiableProducer sends a million numbered records while VerifiableConsumer reads them in a group, and the broker is
 * killed and started again half way. Everything acknowledged must be read, in its place and only there.
 */
final class Verifiable {
    private static final int RECORDS = Integer.getInteger("ring.records", 1_000_000);
    private static final int PARTITIONS = 3;
    private static final int LIMIT_S = 120;
    private static final String TOPIC = "verified";

    private Verifiable() { }

    /** Where each record was said to be: partition and offset in one number, -1 if unknown. */
    private static final class Places {
        private final long[] place = new long[RECORDS];
        private final AtomicInteger known = new AtomicInteger();
        private final String kind;
        private int twice;

        Places(String kind) {
            this.kind = kind;
            Arrays.fill(place, -1);
        }

        /** Takes the tool's line for one record; the same record at a second place is a failure. */
        synchronized void line(String line, String marker) {
            if (!line.contains(marker))
                return;
            int value = Integer.parseInt(field(line, "value"));
            long at = Long.parseLong(field(line, "offset")) * PARTITIONS + Long.parseLong(field(line, "partition"));
            if (place[value] == -1) {
                place[value] = at;
                known.incrementAndGet();
            } else if (place[value] != at) {
                Tool.terminal.println(kind + " twice: " + value + " at " + place[value] + " and " + at);
                twice++;
            }
        }
    }

    /** A field of the flat JSON that the tools print. */
    private static String field(String line, String name) {
        int from = line.indexOf('"' + name + "\":") + name.length() + 3;
        int to = from;
        while (to < line.length() && line.charAt(to) != ',' && line.charAt(to) != '}')
            to++;
        return line.substring(from, to).replace("\"", "");
    }

    static void run(Broker broker) throws Exception {
        Admin.create(broker, TOPIC, PARTITIONS);
        Places acked = new Places("acknowledged");
        Places read = new Places("read");
        VerifiableConsumer consumer = consumer("--bootstrap-server", broker.address(), "--topic", TOPIC, "--group-id",
            "verifiers", "--reset-policy", "earliest", "--verbose");
        Thread reading = new Thread(() -> {
            Tool.printTo(Tool.lines(line -> read.line(line, "\"record_data\"")));
            consumer.run();
        }, "verifiable-consumer");
        reading.start();

        Path config = Files.createTempFile("producer", ".properties");
        // The tool's own default is no retries, which would only say that a killed broker does not answer.
        Files.writeString(config, "enable.idempotence=true\nretries=2147483647\ndelivery.timeout.ms=100000\nlinger.ms=5\n");
        Thread writing = new Thread(() -> {
            Tool.printTo(Tool.lines(line -> {
                acked.line(line, "producer_send_success");
                if (line.contains("producer_send_error"))
                    Tool.terminal.println(line);
            }));
            try {
                VerifiableProducer.main(new String[] {"--bootstrap-server", broker.address(), "--topic", TOPIC, "--acks", "-1",
                    "--max-messages", Integer.toString(RECORDS), "--throughput", "-1", "--command-config", config.toString()});
            } catch (Throwable end) {
                // its Exit
            }
        }, "verifiable-producer");
        writing.start();

        long limit = System.nanoTime() + LIMIT_S * 1_000_000_000L;
        await(acked.known, RECORDS / 2, limit, "acknowledged");
        broker.kill();
        broker.start();
        await(acked.known, RECORDS, limit, "acknowledged");
        await(read.known, RECORDS, limit, "read");
        writing.join();
        Tool.printTo(Tool.lines(line -> { }));
        consumer.close();
        Tool.printTo(null);
        reading.join();
        Files.delete(config);
        Ring.expectEquals(0, acked.twice + read.twice, "records at two places");
        Ring.expect(Arrays.equals(acked.place, read.place), "records were read at other places than acknowledged");
        long ends = Admin.offsets(broker, "--topic", TOPIC).lines().mapToLong(line -> Long.parseLong(line.split(":")[2])).sum();
        Ring.expectEquals((long) RECORDS, ends, "end offsets after an idempotent producer");
    }

    /** As the tool's main makes it; main itself gives no way to end it before the end of the process. */
    private static VerifiableConsumer consumer(String... args) throws Exception {
        Method parser = VerifiableConsumer.class.getDeclaredMethod("argParser");
        parser.setAccessible(true);
        Method maker = VerifiableConsumer.class.getMethod("createFromArgs", parser.getReturnType(), String[].class);
        return (VerifiableConsumer) maker.invoke(null, parser.invoke(null), args);
    }

    private static void await(AtomicInteger count, int wanted, long limit, String what) throws InterruptedException {
        while (count.get() < wanted) {
            Ring.expect(System.nanoTime() < limit, "only " + count.get() + " of " + wanted + " records " + what + " in time");
            Thread.sleep(2);
        }
    }
}
