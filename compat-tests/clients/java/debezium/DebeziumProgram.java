package matrix;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/** Changes of a PostgreSQL table as records, by Debezium's engine in this process; its offsets lie in a compacted topic. */
public final class DebeziumProgram {
    private static final String CHANGES = "changes";
    private static final String OFFSETS = "debezium-offsets";

    private final Connection database;

    private DebeziumProgram(Connection database) {
        this.database = database;
    }

    public static void main(String[] args) throws Exception {
        String url = "jdbc:postgresql://" + System.getenv("POSTGRES") + "/postgres?user=postgres";
        try (Connection database = DriverManager.getConnection(url)) {
            DebeziumProgram program = new DebeziumProgram(database);
            Map<String, Matrix.Scenario> table = Map.of("capture", program::capture, "resume", program::resume);
            Matrix.run("debezium", Matrix.jarVersion(Connect.class, "debezium-embedded"), table);
        }
        System.exit(0);
    }

    /** A snapshot of what is there, then an insert, an update and a delete, keyed, in order. */
    private void capture(String name) throws Exception {
        Plain.createTopic(CHANGES, 1);
        sql("CREATE TABLE orders (id INT PRIMARY KEY, state TEXT)", "ALTER TABLE orders REPLICA IDENTITY FULL",
            "INSERT INTO orders VALUES (1, 'new'), (2, 'new')");
        try (Engine engine = new Engine()) {
            changesAre("1 r new", "2 r new");
            sql("INSERT INTO orders VALUES (3, 'new')", "UPDATE orders SET state = 'paid' WHERE id = 1", "DELETE FROM orders WHERE id = 2");
            changesAre("1 r new", "2 r new", "3 c new", "1 u paid", "2 d null");
        }
        Check.equal("the policy of the offsets' topic", "compact", Plain.config(OFFSETS, "cleanup.policy"));
    }

    /** What changes while no engine runs comes when the next one does: it goes on from the offsets in the topic. */
    private void resume(String name) throws Exception {
        List<String> before = changes(5);
        sql("INSERT INTO orders VALUES (4, 'new')", "UPDATE orders SET state = 'sent' WHERE id = 1");
        List<String> wanted = Stream.concat(before.stream(), Stream.of("4 c new", "1 u sent")).toList();
        try (Engine engine = new Engine()) {
            changesAre(wanted.toArray(String[]::new));
        }
    }

    private void sql(String... statements) throws SQLException {
        try (Statement statement = database.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static void changesAre(String... wanted) throws Exception {
        Check.equal("the changes", List.of(wanted), changes(wanted.length));
    }

    /** What the topic holds, when it holds so many. */
    private static List<String> changes(int count) throws Exception {
        return Plain.readTopic(CHANGES, count).stream()
                .map(record -> record.key() + " " + record.value()).collect(Collectors.toList());
    }

    /** A running engine whose changes are written to the topic. */
    private final class Engine implements AutoCloseable {
        private final Producer<String, String> producer;
        private final DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;
        private final ExecutorService thread = Executors.newSingleThreadExecutor();

        Engine() throws InterruptedException {
            CountDownLatch runs = new CountDownLatch(1);
            producer = Plain.producer();
            engine = DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
                .using(properties())
                .using(new DebeziumEngine.ConnectorCallback() {
                    @Override
                    public void taskStarted() {
                        runs.countDown();
                    }
                })
                .notifying(this::write)
                .build();
            thread.execute(engine);
            Check.that(runs.await(60, TimeUnit.SECONDS), () -> "the engine does not start");
        }

        private void write(List<RecordChangeEvent<SourceRecord>> events,
                DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer) throws InterruptedException {
            for (RecordChangeEvent<SourceRecord> event : events) {
                SourceRecord record = event.record();
                if (record.value() instanceof Struct change && record.key() instanceof Struct key) {
                    Struct after = change.getStruct("after");
                    String value = change.getString("op") + " " + (after == null ? null : after.getString("state"));
                    producer.send(new ProducerRecord<>(CHANGES, key.getInt32("id").toString(), value));
                }
                committer.markProcessed(event);
            }
            producer.flush();
            committer.markBatchFinished();
        }

        private Properties properties() {
            String[] address = System.getenv("POSTGRES").split(":");
            Properties properties = new Properties();
            properties.putAll(Map.of(
                "name", "matrix",
                "connector.class", "io.debezium.connector.postgresql.PostgresConnector",
                "plugin.name", "pgoutput",
                "topic.prefix", "db",
                "database.hostname", address[0],
                "database.port", address[1],
                "database.user", "postgres",
                "database.dbname", "postgres",
                "table.include.list", "public.orders",
                "tombstones.on.delete", "false"));
            properties.putAll(Map.of(
                "poll.interval.ms", "50",
                "bootstrap.servers", Plain.BOOTSTRAP,
                "offset.storage", "org.apache.kafka.connect.storage.KafkaOffsetBackingStore",
                "offset.storage.topic", OFFSETS,
                "offset.storage.partitions", "1",
                "offset.storage.replication.factor", "1",
                "offset.flush.interval.ms", "0"));
            return properties;
        }

        @Override
        public void close() throws Exception {
            engine.close();
            thread.shutdown();
            if (!thread.awaitTermination(30, TimeUnit.SECONDS)) {
                throw new AssertionError("the engine does not end");
            }
            producer.close();
        }
    }
}
