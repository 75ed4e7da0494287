package matrix;

import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** A Connect worker in a process of its own. */
final class Worker implements AutoCloseable {
    final Child child;
    final Rest rest;

    private Worker(Child child, Rest rest) {
        this.child = child;
        this.rest = rest;
    }

    /** A worker that keeps its offsets in a file of the folder, with these connectors. */
    static Worker standalone(Path folder, List<Map<String, String>> connectors) throws Exception {
        int port = freePort();
        Map<String, String> own = Map.of("offset.storage.file.filename", folder.resolve("offsets").toString());
        List<String> files = new ArrayList<>(List.of(worker(folder, port, own)));
        for (Map<String, String> connector : connectors) {
            files.add(written(folder.resolve(connector.get("name") + ".properties"), connector));
        }
        Child child = Child.start("org.apache.kafka.connect.cli.ConnectStandalone", files.toArray(String[]::new));
        return new Worker(child, new Rest(port));
    }

    /** A worker of the cluster of this name, which keeps all that it knows in topics. */
    static Worker distributed(Path folder, String cluster, Map<String, String> configs) throws Exception {
        int port = freePort();
        Map<String, String> own = new HashMap<>(Map.of("group.id", cluster, "config.storage.topic", cluster + "-configs",
                "offset.storage.topic", cluster + "-offsets", "status.storage.topic", cluster + "-status",
                "offset.storage.partitions", "3", "status.storage.partitions", "2"));
        for (String storage : List.of("config", "offset", "status")) {
            own.put(storage + ".storage.replication.factor", "1");
        }
        own.putAll(Map.of("session.timeout.ms", "6000", "heartbeat.interval.ms", "200", "scheduled.rebalance.max.delay.ms", "0",
                "task.shutdown.graceful.timeout.ms", "1000"));
        own.putAll(configs);
        Child child = Child.start("org.apache.kafka.connect.cli.ConnectDistributed", worker(folder, port, own));
        Worker worker = new Worker(child, new Rest(port));
        Check.soon("the worker answers", Rest.PATIENCE, () -> {
            Check.that(child.isAlive(), () -> "the worker has ended");
            return worker.rest.isUp();
        });
        return worker;
    }

    private static String worker(Path folder, int port, Map<String, String> own) throws IOException {
        Map<String, String> all = new HashMap<>(Map.of("bootstrap.servers", Plain.BOOTSTRAP,
                "key.converter", "org.apache.kafka.connect.storage.StringConverter",
                "value.converter", "org.apache.kafka.connect.storage.StringConverter",
                "listeners", "http://127.0.0.1:" + port, "plugin.discovery", "service_load", "offset.flush.interval.ms", "500",
                "consumer.session.timeout.ms", "6000", "consumer.heartbeat.interval.ms", "200",
                "consumer.isolation.level", "read_committed", "consumer.metadata.max.age.ms", "1000"));
        all.putAll(own);
        return written(folder.resolve("worker-" + port + ".properties"), all);
    }

    private static String written(Path file, Map<String, String> configs) throws IOException {
        Properties properties = new Properties();
        properties.putAll(configs);
        try (Writer out = Files.newBufferedWriter(file)) {
            properties.store(out, null);
        }
        return file.toString();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() throws InterruptedException {
        child.close();
    }
}
