package ring;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The broker under test: one process, made by BROKER_CMD (see compat-tests/apache/README.md). */
final class Broker {
    private static final int START_LIMIT_S = 60;
    private static final int STOP_LIMIT_S = 30;

    private static final List<Broker> ALL = new ArrayList<>();

    private final String command;
    private final Path dir;
    private final Path properties;
    private final int port;
    private Process process;

    /** The broker under test. */
    Broker(Path dir, String... settings) throws IOException {
        this(System.getenv("BROKER_CMD"), dir, settings);
    }

    /** Apache Kafka or Ottla, whichever is under test, on the data in `dir`. */
    static Broker of(String kind, Path dir, String... settings) throws IOException {
        return new Broker(Path.of(System.getenv("BROKER_CMD")).resolveSibling(kind + ".sh").toString(), dir, settings);
    }

    private Broker(String command, Path dir, String... settings) throws IOException {
        this.command = command;
        this.dir = dir;
        this.port = freePair();
        this.properties = dir.resolve("wanted.properties");
        Files.createDirectories(dir);
        Map<String, String> wanted = new LinkedHashMap<>();
        for (String line : List.of(
            "ait.port=" + port, "ait.controller.port=" + (port + 1), "ait.data=" + data(),
            "ait.listener.name=EXTERNAL", "ait.controller.listener.name=CONTROLLER",
            "ait.security.protocol=PLAINTEXT", "ait.controller.security.protocol=PLAINTEXT",
            "ait.broker.id=1", "ait.disks=1", "ait.standalone=false", "ait.metadata.version=30", "ait.features=",
            "offsets.topic.replication.factor=1", "offsets.topic.num.partitions=5",
            "transaction.state.log.replication.factor=1", "transaction.state.log.min.isr=1",
            "group.initial.rebalance.delay.ms=0",
            // Small segments, so that rolled segments, indexes and snapshots are met too.
            "log.segment.bytes=16777216", "log.index.interval.bytes=4096"))
            wanted.put(line.substring(0, line.indexOf('=')), line);
        for (String line : settings)
            wanted.put(line.substring(0, line.indexOf('=')), line);
        Files.writeString(properties, String.join("\n", wanted.values()) + "\n");
        ALL.add(this);
    }

    /** Ends whatever still runs; the ring leaves by a halt. */
    static void killAll() {
        ALL.forEach(Broker::kill);
    }

    String address() {
        return "localhost:" + port;
    }

    Path data() {
        return dir.resolve("data");
    }

    void start() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command, properties.toString(), dir.toString());
        builder.redirectError(ProcessBuilder.Redirect.appendTo(dir.resolve("broker.err").toFile()));
        process = builder.start();
        process.getOutputStream().close();
        CompletableFuture<Void> ready = new CompletableFuture<>();
        Process started = process;
        Thread reader = new Thread(() -> {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(started.getInputStream()))) {
                for (String line; (line = lines.readLine()) != null; )
                    if (line.startsWith("READY "))
                        ready.complete(null);
            } catch (IOException e) {
                // the process is gone
            }
            ready.completeExceptionally(new IOException("broker ended, see " + dir));
        }, "broker-output");
        reader.setDaemon(true);
        reader.start();
        ready.get(START_LIMIT_S, TimeUnit.SECONDS);
    }

    /** SIGTERM; a broker that does not end by itself fails the check. */
    void stop() throws Exception {
        process.destroy();
        if (!process.waitFor(STOP_LIMIT_S, TimeUnit.SECONDS))
            throw new IllegalStateException("broker still runs " + STOP_LIMIT_S + " s after SIGTERM");
    }

    /** SIGKILL. */
    void kill() {
        if (process == null)
            return;
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A free port whose successor is free too: some brokers want one for their controller. */
    private static int freePair() throws IOException {
        InetAddress local = InetAddress.getByName("127.0.0.1");
        for (int tries = 0; tries < 100; tries++) {
            try (ServerSocket first = new ServerSocket(0, 1, local);
                 ServerSocket second = new ServerSocket(first.getLocalPort() + 1, 1, local)) {
                return first.getLocalPort();
            } catch (IOException | IllegalArgumentException e) {
                // the next pair
            }
        }
        throw new IOException("no free pair of ports");
    }
}
