package matrix;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.StateRestoreListener;

/** A Streams application with text for keys and values, and with nothing to wait for. */
final class App implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    final KafkaStreams streams;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    private App(String id, Path state, Topology topology, String... configs) {
        streams = new KafkaStreams(topology, properties(id, state, configs));
        streams.setUncaughtExceptionHandler(error -> {
            failure.compareAndSet(null, error);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    }

    /** Starts it. */
    static App begun(String id, Path state, Topology topology, String... configs) {
        App app = new App(id, state, topology, configs);
        app.streams.start();
        return app;
    }

    /** Starts it and waits until it runs. */
    static App started(String id, Path state, Topology topology, String... configs) throws Exception {
        App app = begun(id, state, topology, configs);
        app.await(KafkaStreams.State.RUNNING);
        return app;
    }

    /** The same, with an eye on what it restores. */
    static App restoring(String id, Path state, Topology topology, StateRestoreListener listener) throws Exception {
        App app = new App(id, state, topology);
        app.streams.setGlobalStateRestoreListener(listener);
        app.streams.start();
        app.await(KafkaStreams.State.RUNNING);
        return app;
    }

    private static Properties properties(String id, Path state, String... configs) {
        Map<String, Object> all = new HashMap<>(Plain.configs("application.id", id, "state.dir", state.toString(),
                "default.key.serde", Serdes.StringSerde.class.getName(), "default.value.serde", Serdes.StringSerde.class.getName(),
                "auto.offset.reset", "earliest", "commit.interval.ms", "100", "statestore.cache.max.bytes", "0",
                "num.stream.threads", "1", "metadata.max.age.ms", "1000"));
        all.putAll(Plain.configs(configs));
        if (!"streams".equals(all.get("group.protocol"))) {
            all.putAll(Map.of("session.timeout.ms", "6000", "heartbeat.interval.ms", "200"));
        }
        Properties properties = new Properties();
        properties.putAll(all);
        return properties;
    }

    /** Waits for this state; an application that ends by an error fails the scenario with it. */
    void await(KafkaStreams.State wanted) throws Exception {
        Check.soon("the application is " + wanted, PATIENCE, () -> {
            Check.that(failure.get() == null || wanted == KafkaStreams.State.ERROR, () -> "the application ended by " + failure.get());
            return streams.state() == wanted;
        });
    }

    /** What it ended by; null when it did not. */
    Throwable failure() {
        return failure.get();
    }

    @Override
    public void close() {
        boolean closed = streams.close(PATIENCE);
        Check.that(closed, () -> "the application does not close");
    }
}
